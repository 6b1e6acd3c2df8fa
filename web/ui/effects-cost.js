import {useLayoutEffect, useRef} from "../vendor/hooks.js";
import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Cost} Cost */
/** @typedef {import("../core/types.js").Effects} Effects */
/** @typedef {import("./words.js").Words} Words */

/** Between two frames at 30 a second. */
const FRAME_MS = 1000 / 30;

/** What our effects cost: time for each frame, frames that were left out, and how much later everything comes.
 * @param {{cost: {video: Cost | null, audio: Cost | null}, own: Effects}} props
 */
export const EffectsCost = ({cost: {video, audio}, own}) => {
  const t = useWords();
  const cost = video ?? audio;
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const share = Math.min(1, (cost?.ms ?? 0) / FRAME_MS);
  useLayoutEffect(() => bar.current?.style.setProperty("--value", share.toFixed(3)), [share]);
  const ms = cost ? cost.ms.toFixed(1) : "–";
  const over = video !== null && video.ms > FRAME_MS;
  const why = video && pressure(t, video, own);
  return html`
    <div class=${`cost ${over ? "cost--over" : ""}`}>
      <span><b>${t("effects.ms", {ms})}</b> · ${t("effects.dropped", {n: cost?.dropped ?? 0})}</span>
      <span class="cost__bar" ref=${bar} aria-hidden="true"></span>
      <span>${t("effects.delay", {ms: cost ? Math.round(cost.delay_ms) : "–"})}</span>
    </div>
    ${why &&
    html`<p class="effects__say" role="status">${h(Icon, {name: "timer", size: 16})}<span>${why}</span></p>`}`;
};

/** Why our picture is not what it could be: one of our own effects, if it alone takes too long; else the server.
 * @param {Words} t @param {Cost} cost @param {Effects} own
 */
const pressure = (t, {filters, degraded}, own) => {
  const msOf = (/** @type {{id: string}} */ {id}) => filters[id] ?? 0;
  const [slowest] = [...own.video].sort((a, b) => msOf(b) - msOf(a));
  if (slowest && msOf(slowest) > FRAME_MS) {
    const title = filterTitle(t, slowest.filter, slowest.title);
    return t("effects.slow", {title, ms: Math.round(msOf(slowest))});
  }
  return degraded && t(`effects.degraded.${degraded}`);
};
