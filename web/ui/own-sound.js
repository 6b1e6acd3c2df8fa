import {useLayoutEffect, useRef} from "../vendor/hooks.js";
import {html, h} from "./html.js";
import {useWords} from "./preferences.js";
import {Slider} from "./slider.js";
import {useGain} from "./use-gain.js";

/** @typedef {import("../core/types.js").Actions} Actions */
/** @typedef {import("../core/types.js").State} State */

const QUIETEST_DBFS = -60;
const HOT_DBFS = -1;

/** How loud the others hear us, and the highest peak of the last second.
 * @param {{state: State, actions: Actions}} props
 */
export const OwnSound = ({state, actions}) => {
  const t = useWords();
  const me = state.participants.find(({id}) => id === state.self);
  const [gain, setGain] = useGain(me?.gain_db ?? 0, state.link === "online", (db) => actions.setGain(state.self ?? "", db));
  const peak = state.effects.cost.audio?.peak_dbfs ?? null;
  return html`
    <div class="sound-strip">
      ${h(Slider, {title: t("gain.own"), scale: GAIN, value: gain, signed: true, set: setGain})}
      ${h(Peak, {dbfs: peak})}
    </div>`;
};

/** @type {import("./slider.js").Scale} */
export const GAIN = {low: -20, high: 20, step: 0.5, whole: false, unit: "dB", default: 0};

/** @param {{dbfs: number | null}} props */
const Peak = ({dbfs}) => {
  const t = useWords();
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const share = dbfs === null ? 0 : Math.min(1, Math.max(0, 1 - dbfs / QUIETEST_DBFS));
  useLayoutEffect(() => bar.current?.style.setProperty("--value", share.toFixed(3)), [share]);
  const hot = dbfs !== null && dbfs > HOT_DBFS;
  return html`
    <div class=${`peak ${hot ? "peak--hot" : ""}`}>
      <span>${t(hot ? "gain.too-loud" : "gain.peak")}</span>
      <span class="peak__bar" ref=${bar} aria-hidden="true"></span>
      <span class="peak__number">${dbfs === null ? "–" : t("gain.db", {db: Math.round(dbfs)})}</span>
    </div>`;
};
