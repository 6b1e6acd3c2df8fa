import {useState} from "../vendor/hooks.js";
import {Avatar} from "./avatar.js";
import {CopyLink} from "./copy-link.js";
import {isSent} from "./device-toggle.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {Panel} from "./panel.js";
import {PersonVolume} from "./person-volume.js";
import {useWords} from "./preferences.js";
import {useNow} from "./use-now.js";

/** @typedef {import("../core/types.js").Actions} Actions */
/** @typedef {import("../core/types.js").Participant} Participant */
/** @typedef {import("../core/types.js").State} State */

/** @param {{state: State, actions: Actions, close: () => void}} props */
export const PeoplePanel = ({state, actions, close}) => {
  const t = useWords();
  const {participants, room} = state;
  const tools = h(CopyLink, {copy: actions.copyLink});
  return h(
    Panel,
    {title: t("people.title"), count: participants.length, tools, close},
    html`
      <div class="panel__body panel__body--rows" tabindex="0" role="group" aria-label=${t("people.title")}>
        <h3 class="panel__section">
          <span>${t("people.in-room")}</span>
          ${room && html`<span>${t("people.capacity", {n: room.capacity})}</span>`}
        </h3>
        <ul>
          ${participants.map((participant) => h(Person, {key: participant.id, participant, state, actions}))}
        </ul>
      </div>`,
  );
};

/** @param {{participant: Participant, state: State, actions: Actions}} props */
const Person = ({participant, state, actions}) => {
  const t = useWords();
  const [open, setOpen] = useState(false);
  const {id, name, role, presence, tracks} = participant;
  const self = id === state.self;
  const away = presence === "reconnecting" && !self;
  const now = useNow(away);
  const sends = (/** @type {string} */ source) => tracks.some((track) => track.source === source && !track.muted);
  const seconds = Math.max(0, Math.round((now - (state.awayAt[id] ?? now)) / 1000));
  return html`
    <li class="row">
      ${h(Avatar, {name, seed: id})}
      <span class="row__text">
        <span class="row__title">
          <bdi class="row__name">${name}</bdi>
          ${self && html`<span class="row__detail">${t("tile.you")}</span>`}
        </span>
        <span class="row__detail">
          ${away ? html`<span class="is-warn">${t("people.reconnecting", {seconds})}</span>` : t(`people.role.${role}`)}
        </span>
      </span>
      <span class="row__end">
        ${participant.hand_raised &&
        html`<span class="badge badge--hand">
          ${h(Icon, {name: "hand", size: 14})}<span class="visually-hidden">${t("people.hand")}</span>
        </span>`}
        ${h(DeviceSign, {kind: "microphone", on: self ? isSent(state.microphone) : sends("microphone")})}
        ${h(DeviceSign, {kind: "camera", on: self ? isSent(state.camera) : sends("camera")})}
        ${!self &&
        html`<button
          type="button"
          class="icon-button icon-button--small"
          aria-label=${t("people.volume", {name})}
          aria-expanded=${open}
          onClick=${() => setOpen(!open)}
        >
          ${h(Icon, {name: "volume-2"})}
        </button>`}
      </span>
    </li>
    ${open && !self && html`<li class="row__volume">${h(PersonVolume, {participant, state, actions})}</li>`}`;
};

const SIGNS = {microphone: ["mic", "mic-off"], camera: ["video", "video-off"]};

/** @param {{kind: "microphone" | "camera", on: boolean}} props */
const DeviceSign = ({kind, on}) => {
  const t = useWords();
  return html`
    <span class=${`row__state ${on ? "" : "is-off"}`}>
      ${h(Icon, {name: SIGNS[kind][on ? 0 : 1] ?? ""})}
      <span class="visually-hidden">${t(`people.${kind}-${on ? "on" : "off"}`)}</span>
    </span>`;
};
