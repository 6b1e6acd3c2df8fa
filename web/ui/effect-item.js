import {EffectParam} from "./effect-param.js";
import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {leaveFor} from "./leave-for.js";
import {useWords} from "./preferences.js";
import {iconOf} from "./sound-icons.js";
import {writes} from "./written.js";

const STEPS = [
  {by: -1, way: "up", turned: ""},
  {by: 1, way: "down", turned: "is-upside-down"},
];

/**
 * One effect of the chain: its grip, its name, what it costs, and, when it is open, its parameters.
 * @param {{
 *   effect: import("../core/types.js").Effect, filter: import("../core/types.js").Filter | undefined,
 *   kind: "video" | "audio", ms: number | undefined, off: boolean, next: string | null, open: boolean, lifted: boolean,
 *   first: boolean, last: boolean, picture: string | null,
 *   actions: import("../core/types.js").EffectActions, toggle: () => void,
 *   grip: (event: PointerEvent & {currentTarget: HTMLElement}) => void,
 *   step: (by: number) => void, onKeyDown: (event: KeyboardEvent) => void,
 * }} props `off`: the server has switched it off; `next`: who is there when it is removed; `first` and `last` of its own kind
 */
export const EffectItem = (props) => {
  const {effect, filter, kind, ms, off, next, open, lifted, first, last, picture, actions, toggle, grip, step, onKeyDown} = props;
  const t = useWords();
  const title = filterTitle(t, effect.filter, effect.title);
  const params = filter?.params ?? [];
  return html`
    <div
      class=${`chain__item ${open ? "chain__item--open" : ""} ${lifted ? "chain__item--lifted" : ""} ${off ? "chain__item--off" : ""}`}
      role="listitem"
      data-effect=${effect.id}
      data-kind=${kind}
    >
      <div class="chain__row" onKeyDown=${onKeyDown}>
        <button
          type="button"
          class="chain__grip"
          aria-label=${t("effects.move", {title})}
          aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
          onPointerDown=${grip}
        >
          ${h(Icon, {name: "grip-vertical", size: 16})}
        </button>
        ${picture
          ? html`<img class=${`chain__thumb ${writes(effect.filter, filter) ? "is-as-sent" : ""}`} src=${picture} alt="" />`
          : html`<span class="chain__thumb">${h(Icon, {name: iconOf(effect.filter, kind), size: 16})}</span>`}
        <span class="chain__name">${title}</span>
        ${off && html`<span class="chain__off">${t("effects.off")}</span>`}
        ${!off && ms !== undefined && html`<span class="chain__ms">${t("effects.ms", {ms: ms.toFixed(1)})}</span>`}
        <button
          type="button"
          class="icon-button icon-button--small"
          aria-label=${t("effects.settings", {title})}
          aria-expanded=${open}
          onClick=${toggle}
        >
          ${h(Icon, {name: open ? "chevron-up" : "chevron-down", size: 16})}
        </button>
      </div>
      ${open &&
      html`<div class="chain__params">
        ${params.map((param) =>
          h(EffectParam, {
            key: param.name,
            filter: effect.filter,
            param,
            value: effect.params[param.name] ?? param.default,
            set: (value) => actions.set(effect.id, param.name, value),
            addPicture: actions.addPicture,
          }),
        )}
        <div class="chain__end">
          ${!(first && last) &&
          STEPS.map(
            ({by, way, turned}) => html`
              <button
                key=${way}
                type="button"
                class="icon-button icon-button--small"
                aria-label=${t(`effects.move-${way}`, {title})}
                aria-disabled=${by < 0 ? first : last}
                onClick=${() => (by < 0 ? first : last) || step(by)}
              >
                ${h(Icon, {name: "arrow-up", size: 16, class: turned})}
              </button>`,
          )}
          <span class="chain__space"></span>
          ${params.length > 0 &&
          html`<button type="button" class="button button--quiet button--small" onClick=${() => actions.reset(effect.id)}>
            ${t("effects.reset")}
          </button>`}
          <button
            type="button"
            class="button button--quiet button--small"
            aria-label=${t("effects.remove-named", {title})}
            onClick=${(/** @type {{currentTarget: HTMLElement}} */ event) => {
              leaveFor(event.currentTarget, next);
              actions.remove(effect.id);
            }}
          >
            ${t("effects.remove")}
          </button>
        </div>
      </div>`}
    </div>`;
};
