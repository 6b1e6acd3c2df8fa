import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {Quality} from "./quality.js";

/** @typedef {import("../core/types.js").Quality} Bars */
/** @typedef {import("../core/types.js").Route} Route */
/** @typedef {import("../core/types.js").RouteReason} RouteReason */

const ICONS = {direct: "lock", forwarded: "server"};

/** What is worth saying of someone's connection: a way that is not everybody's, and bars that are not all lit.
 * @param {{way: Route | null, reason: RouteReason | null, bars: Bars | undefined}} props
 */
export const TileCorner = ({way, reason, bars}) => {
  const t = useWords();
  const words = way === "forwarded" && reason ? t(`route.reason.${reason}`) : t(`route.${way ?? "direct"}`);
  return html`
    <div class="tile__corner tile__corner--tr">
      ${bars &&
      html`<span class=${`badge badge--on-video ${bars === 3 ? "badge--calm" : ""}`}>
        ${h(Quality, {bars})}
        <span class=${bars === 1 ? "" : "visually-hidden"}>${t(`quality.${bars}`)}</span>
      </span>`}
      ${way &&
      html`<span class="badge badge--on-video badge--optional">
        ${h(Icon, {name: ICONS[way], size: 14})}<span>${words}</span>
      </span>`}
    </div>`;
};
