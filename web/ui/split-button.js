import {isOn, isSent} from "./device-toggle.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";
import {Tooltip} from "./tooltip.js";
import {useLevel} from "./use-level.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").DeviceState} DeviceState */
/** @typedef {import("../vendor/preact.js").Child} Child */

const FACES = {
  microphone: {on: "mic", off: "mic-off", shortcut: "M", devices: "call.sound-devices", does: ["call.mute", "call.unmute"]},
  camera: {
    on: "video",
    off: "video-off",
    shortcut: "V",
    devices: "call.video-devices",
    does: ["call.stop-camera", "call.start-camera"],
  },
};

/** The toggle and, beside it, its devices: two buttons, one shape.
 * @param {{
 *   kind: "microphone" | "camera", device: DeviceState, onLevel: App["onLevel"], toggle: () => void,
 *   menu: Child, menuOpen: boolean, openMenu: () => void,
 * }} props
 */
export const SplitButton = ({kind, device, onLevel, toggle, menu, menuOpen, openMenu}) => {
  const t = useWords();
  const face = FACES[kind];
  const on = isOn(device);
  const level = useLevel(onLevel, "self", kind === "microphone" && isSent(device));
  return html`
    <span class="control-bar__slot">
      <span class=${`split-button ${on ? "" : "split-button--off"}`} role="group" aria-label=${t(`device.${kind}`)}>
        <button
          class="split-button__main"
          aria-label=${t(`call.${kind}`)}
          aria-pressed=${on}
          aria-busy=${device.pending}
          onClick=${toggle}
        >
          ${kind === "microphone" && isSent(device) && html`<span class="split-button__level" ref=${level}></span>`}
          ${h(Icon, {name: on ? face.on : face.off})}
        </button>
        <button
          class="split-button__more"
          aria-label=${t(face.devices)}
          aria-haspopup="menu"
          aria-expanded=${menuOpen}
          onClick=${openMenu}
        >
          ${h(Icon, {name: "chevron-up", size: 16})}
        </button>
      </span>
      ${!menuOpen && h(Tooltip, {text: t(face.does[on ? 0 : 1] ?? ""), shortcut: face.shortcut})}
      ${menu}
    </span>`;
};
