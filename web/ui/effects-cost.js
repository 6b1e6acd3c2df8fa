import {useLayoutEffect, useRef} from "../vendor/hooks.js";
import {isSent} from "./device-toggle.js";
import {filterTitle} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Cost} Cost */
/** @typedef {import("../core/types.js").Effects} Effects */
/** @typedef {import("../core/types.js").EffectsState["cost"]} Costs */
/** @typedef {import("./words.js").Words} Words */

/** How long a frame may take: between two pictures at 30 a second, and between two packets of sound. */
const FRAME_MS = {video: 1000 / 30, audio: 20};
const KINDS = /** @type {const} */ (["video", "audio"]);

/** What our effects cost: time for each frame, frames that were left out, and how much later everything comes. Sound is
 * made for the others alone: before they hear it, it costs nothing.
 * @param {{cost: Costs, own: Effects}} props
 */
export const EffectsCost = ({cost, own}) => {
  const t = useWords();
  const kinds = KINDS.filter((kind) => own[kind].length > 0 && (kind === "video" || own.shown));
  const why = cost.video && pressure(t, cost.video, own);
  return html`
    ${kinds.map((kind) => h(CostLine, {key: kind, kind, cost: cost[kind], named: kinds.length > 1}))}
    ${why &&
    html`<p class="effects__say" role="status">${h(Icon, {name: "timer", size: 16})}<span>${why}</span></p>`}`;
};

/** @param {{kind: "video" | "audio", cost: Cost | null, named: boolean}} props `named`: the other has a line as well */
const CostLine = ({kind, cost, named}) => {
  const t = useWords();
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const share = Math.min(1, (cost?.ms ?? 0) / FRAME_MS[kind]);
  useLayoutEffect(() => bar.current?.style.setProperty("--value", share.toFixed(3)), [share]);
  const ms = t("effects.ms", {ms: cost ? cost.ms.toFixed(1) : "–"});
  const rest = cost && codecMs(cost);
  return html`
    <div class="cost-of">
      <div class=${`cost ${cost && cost.ms > FRAME_MS[kind] ? "cost--over" : ""}`}>
        <span>
          ${named && `${t(`effects.cost.${kind}`)} `}<b>${ms}</b>${cost && ` · ${t("effects.dropped", {n: cost.dropped})}`}
        </span>
        <span class="cost__bar" ref=${bar} aria-hidden="true"></span>
        ${cost && html`<span>${t("effects.delay", {ms: Math.round(cost.delay_ms)})}</span>`}
      </div>
      ${rest !== null && html`<p class="cost__rest">${t("effects.cost.rest", {ms: rest.toFixed(1)})}</p>`}
    </div>`;
};

/** What no effect takes of a frame's time; null while none was measured. @param {Cost} cost */
export const codecMs = ({ms, filters}) => {
  const each = Object.values(filters);
  return each.length > 0 ? Math.max(0, ms - each.reduce((sum, one) => sum + one, 0)) : null;
};

/** What is measured of what is sent: of a camera that is off, nothing is.
 * @param {Costs} cost
 * @param {import("../core/types.js").DeviceState} camera
 * @returns {Costs}
 */
export const measured = ({video, audio}, camera) => ({video: isSent(camera) ? video : null, audio});

/** Why our picture is not what it could be: one of our own effects, if it alone takes too long; else the server.
 * @param {Words} t @param {Cost} cost @param {Effects} own
 */
const pressure = (t, {filters, degraded}, own) => {
  const msOf = (/** @type {{id: string}} */ {id}) => filters[id] ?? 0;
  const [slowest] = [...own.video].sort((a, b) => msOf(b) - msOf(a));
  if (slowest && msOf(slowest) > FRAME_MS.video) {
    const title = filterTitle(t, slowest.filter, slowest.title);
    return t("effects.slow", {title, ms: Math.round(msOf(slowest))});
  }
  return degraded && t(`effects.degraded.${degraded}`);
};
