import {effectsInShort} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {Quality} from "./quality.js";

/** @typedef {import("../core/types.js").Quality} Bars */
/** @typedef {import("../core/types.js").Route} Route */
/** @typedef {import("../core/types.js").RouteReason} RouteReason */

const ICONS = {direct: "lock", forwarded: "server"};

/**
 * What is worth saying of someone's picture: a way that is not everybody's, the effect that they show, and bars that are
 * not all lit. `before`: ours, as others see it while only we see our effects.
 * @param {{
 *   way: Route | null, reason: RouteReason | null, bars: Bars | undefined,
 *   effects: import("../core/types.js").ShownEffect[], before: boolean,
 * }} props
 */
export const TileCorner = ({way, reason, bars, effects, before}) => {
  const t = useWords();
  const name = effectsInShort(t, effects);
  const by = way === "forwarded" && name ? t("route.effect", {name}) : null;
  // The effect that is the reason may have nothing to do at present.
  const why = way === "forwarded" && reason !== "effect" ? reason : null;
  const words = by ?? (why ? t(`route.reason.${why}`) : t(`route.${way ?? "direct"}`));
  return html`
    <div class="tile__corner tile__corner--tr">
      ${bars &&
      html`<span class=${`badge badge--on-video ${bars === 3 ? "badge--calm" : ""}`}>
        ${h(Quality, {bars})}
        <span class=${bars === 1 ? "" : "visually-hidden"}>${t(`quality.${bars}`)}</span>
      </span>`}
      ${before &&
      html`<span class="badge badge--on-video badge--optional">
        ${h(Icon, {name: "eye", size: 14})}<span>${t("tile.before")}</span>
      </span>`}
      ${!way &&
      name &&
      html`<span class="badge badge--on-video badge--optional">
        ${h(Icon, {name: "wand-sparkles", size: 14})}<span>${name}</span>
      </span>`}
      ${way &&
      html`<span class="badge badge--on-video badge--optional">
        ${h(Icon, {name: ICONS[way], size: 14})}<span>${words}</span>
      </span>`}
    </div>`;
};
