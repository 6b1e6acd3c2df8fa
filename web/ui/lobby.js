import {useRef, useState} from "../vendor/hooks.js";
import {Avatars} from "./avatars.js";
import {ComingIn} from "./coming-in.js";
import {CopyLink} from "./copy-link.js";
import {MicrophoneProblem} from "./device-problem.js";
import {DeviceSelect} from "./device-select.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {LobbyMirror} from "./lobby-mirror.js";
import {inShort} from "./names.js";
import {Page} from "./page.js";
import {useWords} from "./preferences.js";
import {Refusal} from "./refusal.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").LobbyPerson} LobbyPerson */
/** @typedef {import("../core/types.js").State} State */

/** @param {{app: App, state: State}} props */
export const Lobby = ({app, state}) => {
  const t = useWords();
  const {actions} = app;
  const {microphone, camera, lobby} = state;
  const blocked = camera.problem !== null;
  return h(
    Page,
    {onHome: actions.goHome},
    html`
      <main class=${`lobby ${blocked ? "lobby--blocked" : ""}`}>
        <div class="lobby__mirror">
          ${h(LobbyMirror, {
            microphone,
            camera,
            stream: app.localStream(),
            onLevel: app.onLevel,
            actions,
          })}
          <div class="lobby__below">
            ${microphone.problem && !blocked
              ? h(MicrophoneProblem, {problem: microphone.problem, retry: actions.retryDevices})
              : html`<span>${blocked ? "" : t(microphone.wanted ? "lobby.speak" : "lobby.muted")}</span>`}
          </div>
        </div>
        <div class="lobby__side">
          <div>
            <div class="lobby__head">
              <h1 class="lobby__title"><bdi>${lobby?.title || t("room.untitled")}</bdi></h1>
              ${h(CopyLink, {copy: actions.copyLink})}
            </div>
            ${h(WhoIsIn, {people: lobby?.people ?? null})}
          </div>
          ${h(JoinForm, {app, state})}
          <p class="lobby__privacy">
            ${h(Icon, {name: "lock", size: 16})}<span>${t("lobby.privacy")}</span>
          </p>
        </div>
      </main>`,
  );
};

/** An older server gives names without ids. @param {{people: LobbyPerson[] | null}} props */
const WhoIsIn = ({people}) => {
  const t = useWords();
  if (people === null) return html`<div class="lobby__who"></div>`;
  if (people.length === 0) return html`<div class="lobby__who"><span>${t("lobby.nobody")}</span></div>`;
  const names = inShort(t, people.map(({name}) => name));
  return html`
    <div class="lobby__who">
      ${h(Avatars, {people: people.map(({id, name}) => ({seed: id ?? name, name}))})}
      <span>${t("lobby.people", {n: people.length, names})}</span>
    </div>`;
};

/** @param {{app: App, state: State}} props */
const JoinForm = ({app, state}) => {
  const t = useWords();
  const {actions} = app;
  const {microphone, camera, devices, link, lobby} = state;
  const [nameless, setNameless] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const joining = link === "joining";
  const watching = microphone.problem !== null && camera.problem !== null;
  const full = lobby !== null && lobby.people.length >= lobby.capacity && state.error === null;
  const word = joining ? "lobby.joining" : watching ? "lobby.join-to-watch" : "lobby.join";

  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (joining) return;
    const missing = state.name.trim() === "";
    setNameless(missing);
    if (missing) field.current?.focus();
    else void actions.join();
  };
  return html`
    <form class="lobby__fields" onSubmit=${submit}>
      <label class=${`field ${nameless ? "field--error" : ""}`}>
        <span class="field__label">${t("lobby.name")}</span>
        <input
          ref=${field}
          class="input"
          dir="auto"
          value=${state.name}
          maxlength="60"
          autocomplete="nickname"
          placeholder=${t("lobby.name.hint")}
          aria-invalid=${nameless}
          aria-describedby=${nameless ? "nameless" : undefined}
          onInput=${(/** @type {{currentTarget: HTMLInputElement}} */ event) => {
            actions.setName(event.currentTarget.value);
            setNameless(false);
          }}
        />
        ${nameless &&
        html`<span class="field__error" id="nameless" role="alert">${t("lobby.name.missing")}</span>`}
      </label>
      <div class="lobby__devices">
        ${h(DeviceSelect, {
          kind: "microphone",
          icon: "mic",
          offIcon: "mic-off",
          devices: devices.microphones,
          chosen: microphone.deviceId,
          problem: microphone.problem,
          choose: actions.chooseMicrophone,
        })}
        ${h(DeviceSelect, {
          kind: "camera",
          icon: "video",
          offIcon: "video-off",
          devices: devices.cameras,
          chosen: camera.deviceId,
          problem: camera.problem,
          choose: actions.chooseCamera,
        })}
        ${devices.speakers.length > 0 &&
        h(DeviceSelect, {
          kind: "speakers",
          icon: "volume-2",
          devices: devices.speakers,
          chosen: state.speakerId,
          choose: actions.chooseSpeaker,
        })}
      </div>
      ${full && html`<p class="lobby__full">${t("lobby.full")}</p>`}
      ${h(Refusal, {error: state.error})}
      ${h(ComingIn, {app})}
      <button
        class=${`button button--large button--wide ${watching ? "" : "button--primary"}`}
        aria-busy=${joining}
      >
        ${t(word)}
      </button>
    </form>`;
};
