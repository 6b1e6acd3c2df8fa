import {useLayoutEffect, useRef, useState} from "../vendor/hooks.js";
import {html} from "./html.js";

/** One of a few, in one row; where it has no room for all of them, it scrolls, and fades where there are more.
 * @param {{
 *   label: string, chips: {value: string, text: string}[], chosen: string, choose: (value: string) => void,
 * }} props
 */
export const Chips = ({label, chips, chosen, choose}) => {
  const row = useRef(/** @type {HTMLElement | null} */ (null));
  const [more, setMore] = useState("");
  const look = () => {
    if (!row.current) return;
    const {scrollLeft, scrollWidth, clientWidth} = row.current;
    const before = scrollLeft > 1 ? "chips--before" : "";
    const after = scrollLeft + clientWidth < scrollWidth - 1 ? "chips--after" : "";
    setMore(`${before} ${after}`);
  };
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(look);
    if (row.current) sizes.observe(row.current);
    return () => sizes.disconnect();
  }, [chips.length]);
  return html`
    <div class=${`chips ${more}`} role="group" aria-label=${label} ref=${row} onScroll=${look}>
      ${chips.map(
        ({value, text}) => html`
          <button
            key=${value}
            type="button"
            class="chip"
            aria-pressed=${value === chosen}
            onClick=${(/** @type {{currentTarget: HTMLElement}} */ event) => {
              choose(value);
              event.currentTarget.scrollIntoView({block: "nearest", inline: "nearest"});
            }}
          >
            ${text}
          </button>`,
      )}
    </div>`;
};
