import {useLayoutEffect, useRef} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../vendor/preact.js").Child} Child */

const FAR_ENOUGH = 80;

/** Beside the stage, or a sheet on a phone, where a swipe down closes it. The focus starts on its title.
 * @param {{title: string, count?: number, tools?: Child, close: () => void, children?: Child}} props
 */
export const Panel = ({title, count, tools, close, children}) => {
  const t = useWords();
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => heading.current?.focus({preventScroll: true}), []);
  const drag = useSwipeDown(panel, close);
  return html`
    <aside ref=${panel} class="panel" aria-label=${title}>
      <div class="panel__head" ...${drag}>
        <h2 class="panel__title" ref=${heading} tabindex="-1">
          ${title}${count !== undefined && html` <span class="panel__count">${count}</span>`}
        </h2>
        ${tools}
        <button class="icon-button icon-button--small" aria-label=${t("panel.close")} onClick=${close}>
          ${h(Icon, {name: "x"})}
        </button>
      </div>
      ${children}
    </aside>`;
};

/** @param {{current: HTMLElement | null}} panel @param {() => void} close */
const useSwipeDown = (panel, close) => {
  const from = useRef(/** @type {number | null} */ (null));
  const shift = (/** @type {TouchEvent} */ event) =>
    Math.max(0, (event.changedTouches[0]?.clientY ?? 0) - (from.current ?? 0));
  const place = (/** @type {string} */ value) => panel.current?.style.setProperty("transform", value);
  return {
    onTouchStart: (/** @type {TouchEvent} */ event) => {
      const isSheet = matchMedia("(max-width: 599px)").matches;
      from.current = isSheet ? (event.changedTouches[0]?.clientY ?? null) : null;
    },
    onTouchMove: (/** @type {TouchEvent} */ event) => {
      if (from.current !== null) place(`translateY(${shift(event)}px)`);
    },
    onTouchEnd: (/** @type {TouchEvent} */ event) => {
      if (from.current === null) return;
      const far = shift(event) > FAR_ENOUGH;
      from.current = null;
      place("");
      if (far) close();
    },
  };
};
