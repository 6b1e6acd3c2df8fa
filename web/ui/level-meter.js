import {useEffect, useRef} from "../vendor/hooks.js";
import {html} from "./html.js";

const CELLS = 18;

/** Your microphone in eighteen cells.
 * @param {{onLevel: import("../core/types.js").App["onLevel"], on: boolean}} props
 */
export const LevelMeter = ({onLevel, on}) => {
  const meter = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const show = (/** @type {number} */ level) => {
      const lit = Math.round(level * CELLS);
      [...(meter.current?.children ?? [])].forEach((cell, n) =>
        cell.classList.toggle("level-meter__cell--lit", n < lit),
      );
    };
    show(0);
    return on ? onLevel("self", show) : undefined;
  }, [onLevel, on]);
  return html`
    <div class="level-meter" ref=${meter} aria-hidden="true">
      ${Array.from({length: CELLS}, (_, n) => html`<span key=${n} class="level-meter__cell"></span>`)}
    </div>`;
};
