import {Avatar} from "./avatar.js";
import {effectsInShort} from "./filter-words.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {TileCaption} from "./tile-caption.js";
import {TileCorner} from "./tile-corner.js";
import {TileWait} from "./tile-wait.js";
import {useLasting} from "./use-lasting.js";
import {Video} from "./video.js";

/** @typedef {import("../core/types.js").Participant} Participant */
/** @typedef {import("../core/types.js").PeerState} PeerState */
/** @typedef {import("../core/types.js").RemoteMedia} RemoteMedia */

const WORTH_A_WORD_MS = 1000;

/** Why there is nothing to see or hear of someone, or null while media flows.
 * @param {Participant} participant @param {PeerState | undefined} peer @param {boolean} self
 * @returns {"away" | "connecting" | "broken" | "failed" | null}
 */
const trouble = (participant, peer, self) => {
  if (self || peer === "connected") return null;
  if (participant.presence === "reconnecting") return "away";
  if (peer === "reconnecting") return "broken";
  if (peer === "failed") return "failed";
  return "connecting";
};

/**
 * `media`: two of it while someone's way changes, and the new one fades in over the old one. `way`: where it is not
 * the way of most of us. `asSent`: what the server makes of ours is not mirrored. `before`: it is our own, and there is a preview that only we see.
 * @param {{
 *   participant: Participant, self: boolean, peer: PeerState | undefined, media: RemoteMedia[],
 *   cameraOn: boolean, muted: boolean, speaking: boolean, awayAt: number | undefined,
 *   way: import("../core/types.js").Route | null, bars: import("../core/types.js").Quality | undefined,
 *   asSent: boolean, before: boolean, caption: string | null,
 * }} props
 */
export const Tile = ({participant, self, peer, media, cameraOn, muted, speaking, awayAt, way, bars, asSent, before, caption}) => {
  const t = useWords();
  const {id, name, hand_raised: hand} = participant;
  // Nothing is made of a picture that is not there.
  const effects = (participant.effects ?? []).filter(({kind}) => cameraOn || kind === "audio");
  const wrong = trouble(participant, peer, self);
  const connecting = useLasting(wrong === "connecting", WORTH_A_WORD_MS);
  const dim = wrong === "away" || wrong === "broken" || wrong === "failed";
  const showsVideo = cameraOn && media.length > 0 && wrong !== "connecting";
  const waits = wrong !== null && (dim || connecting);
  const talks = speaking && !muted && wrong === null;
  const facts = [
    self && t("tile.fact.you"),
    muted && t("tile.fact.muted"),
    !cameraOn && t("tile.fact.camera-off"),
    hand && t("tile.fact.hand"),
    way && t(`tile.fact.${way}`),
    bars === 1 && t("tile.fact.weak"),
    effects.length > 0 && t("tile.fact.effects", {name: effectsInShort(t, effects)}),
    before && t("tile.fact.before"),
  ].filter(Boolean);
  return html`
    <figure
      class=${`tile ${talks ? "tile--speaking" : ""} ${showsVideo ? "" : "tile--off"} ${dim ? "tile--dim" : ""}`}
      data-participant=${id}
      aria-label=${t("tile.label", {name, facts: facts.join("")})}
    >
      ${showsVideo &&
      media.map(({key, stream, part}) => {
        const side = self && !(asSent && key === "made") ? "tile__media--self" : "";
        return h(Video, {key: stream.id, stream, class: `tile__media tile__media--${part} ${side}`});
      })}
      ${!showsVideo && !waits && h(Avatar, {name, seed: id, size: "tile"})}
      ${waits && h(TileWait, {kind: wrong, name, awayAt})}
      ${(way || bars || before || effects.length > 0) &&
      h(TileCorner, {way, reason: participant.route_reason, bars, effects, before})}
      ${caption && h(TileCaption, {text: caption})}
      <figcaption class="tile__who">
        ${hand && html`<span class="badge badge--hand">${h(Icon, {name: "hand", size: 14})}</span>`}
        <span class="tile__name">
          ${muted && html`<span class="is-off">${h(Icon, {name: "mic-off", size: 16})}</span>`}
          ${talks && html`<span class="voice" aria-hidden="true"><i></i><i></i><i></i></span>`}
          <bdi>${name}</bdi>
          ${self && html`<span class="tile__you">${t("tile.you")}</span>`}
        </span>
      </figcaption>
    </figure>`;
};
