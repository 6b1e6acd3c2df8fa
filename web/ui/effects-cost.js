import {useLayoutEffect, useRef} from "../vendor/hooks.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Cost} Cost */

/** Between two frames at 30 a second. */
const FRAME_MS = 33;

/** What our effects cost: time for each frame, frames that were left out, and how much later everything comes.
 * @param {{cost: {video: Cost | null, audio: Cost | null}}} props
 */
export const EffectsCost = ({cost: {video, audio}}) => {
  const t = useWords();
  const cost = video ?? audio;
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const share = Math.min(1, (cost?.ms ?? 0) / FRAME_MS);
  useLayoutEffect(() => bar.current?.style.setProperty("--value", share.toFixed(3)), [share]);
  const ms = cost ? cost.ms.toFixed(1) : "–";
  const degraded = video?.degraded ?? null;
  return html`
    <div class="cost">
      <span><b>${t("effects.ms", {ms})}</b> · ${t("effects.dropped", {n: cost?.dropped ?? 0})}</span>
      <span class="cost__bar" ref=${bar} aria-hidden="true"></span>
      <span>${t("effects.delay", {ms: cost ? Math.round(cost.delay_ms) : "–"})}</span>
    </div>
    ${degraded &&
    html`<p class="effects__say" role="status">
      ${h(Icon, {name: "timer", size: 16})}<span>${t(`effects.degraded.${degraded}`)}</span>
    </p>`}`;
};
