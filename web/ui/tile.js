import {Avatar} from "./avatar.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {TileWait} from "./tile-wait.js";
import {useLasting} from "./use-lasting.js";
import {Video} from "./video.js";

/** @typedef {import("../core/types.js").Participant} Participant */
/** @typedef {import("../core/types.js").PeerState} PeerState */

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
 * @param {{
 *   participant: Participant, self: boolean, peer: PeerState | undefined, stream: MediaStream | null,
 *   cameraOn: boolean, muted: boolean, speaking: boolean, awayAt: number | undefined,
 * }} props
 */
export const Tile = ({participant, self, peer, stream, cameraOn, muted, speaking, awayAt}) => {
  const t = useWords();
  const {id, name} = participant;
  const wrong = trouble(participant, peer, self);
  const connecting = useLasting(wrong === "connecting", WORTH_A_WORD_MS);
  const dim = wrong === "away" || wrong === "broken" || wrong === "failed";
  const showsVideo = cameraOn && stream !== null && wrong !== "connecting";
  const waits = wrong !== null && (dim || connecting);
  const talks = speaking && !muted && wrong === null;
  const facts = [
    self && t("tile.fact.you"),
    muted && t("tile.fact.muted"),
    !cameraOn && t("tile.fact.camera-off"),
  ].filter(Boolean);
  return html`
    <figure
      class=${`tile ${talks ? "tile--speaking" : ""} ${showsVideo ? "" : "tile--off"} ${dim ? "tile--dim" : ""}`}
      data-participant=${id}
      aria-label=${t("tile.label", {name, facts: facts.join("")})}
    >
      ${showsVideo && h(Video, {stream, class: `tile__media ${self ? "tile__media--self" : ""}`})}
      ${!showsVideo && !waits && h(Avatar, {name, seed: id, size: "tile"})}
      ${waits && h(TileWait, {kind: wrong, name, awayAt})}
      <figcaption class="tile__who">
        <span class="tile__name">
          ${muted && html`<span class="is-off">${h(Icon, {name: "mic-off", size: 16})}</span>`}
          ${talks && html`<span class="voice" aria-hidden="true"><i></i><i></i><i></i></span>`}
          <bdi>${name}</bdi>
          ${self && html`<span class="tile__you">${t("tile.you")}</span>`}
        </span>
      </figcaption>
    </figure>`;
};
