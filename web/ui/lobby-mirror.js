import {CameraProblem} from "./device-problem.js";
import {DeviceToggle} from "./device-toggle.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {Mirror} from "./mirror.js";
import {useWords} from "./preferences.js";
import {useLevel} from "./use-level.js";
import {Video} from "./video.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").DeviceState} DeviceState */

/** What others would see, and, in the bulbs, what they would hear.
 * @param {{
 *   microphone: DeviceState, camera: DeviceState, stream: MediaStream | null,
 *   onLevel: App["onLevel"], actions: App["actions"],
 * }} props
 */
export const LobbyMirror = ({microphone, camera, stream, onLevel, actions}) => {
  const t = useWords();
  const frame = useLevel(onLevel, "self", microphone.wanted && microphone.problem === null);
  if (camera.problem !== null) {
    const both = camera.problem === microphone.problem;
    const glass = h(CameraProblem, {problem: camera.problem, both, retry: actions.retryDevices});
    return h(Mirror, {frame, children: both ? glass : [glass, h(Toggles, {microphone, camera: null, actions})]});
  }
  return h(Mirror, {
    frame,
    children: html`
      ${camera.wanted && camera.live
        ? h(Video, {stream, class: "mirror__video mirror__video--self", label: t("lobby.your-camera")})
        : html`<p class="mirror__off">${t(camera.wanted ? "lobby.starting" : "lobby.camera-off")}</p>`}
      <div class="mirror__top">
        <span class="badge badge--on-video">
          ${h(Icon, {name: "eye", size: 14})}<span>${t("lobby.only-you")}</span>
        </span>
      </div>
      ${h(Toggles, {microphone, camera, actions})}`,
  });
};

/** @param {{microphone: DeviceState, camera: DeviceState | null, actions: App["actions"]}} props */
const Toggles = ({microphone, camera, actions}) => html`
  <div class="mirror__controls">
    ${h(DeviceToggle, {kind: "microphone", device: microphone, toggle: actions.toggleMicrophone})}
    ${camera && h(DeviceToggle, {kind: "camera", device: camera, toggle: actions.toggleCamera})}
  </div>`;
