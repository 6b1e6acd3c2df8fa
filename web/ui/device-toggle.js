import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").DeviceState} DeviceState */

const ICONS = {microphone: ["mic", "mic-off"], camera: ["video", "video-off"]};

/** Whether the person has this device on, as far as it can be. @param {DeviceState} device */
export const isOn = (device) => device.wanted && device.problem === null;

/** Whether it reaches the others: not before the browser has let us have it. @param {DeviceState} device */
export const isSent = (device) => isOn(device) && device.live;

/** One name, two states: aria-pressed says which.
 * @param {{kind: "microphone" | "camera", device: DeviceState, toggle: () => void}} props
 */
export const DeviceToggle = ({kind, device, toggle}) => {
  const t = useWords();
  const on = isOn(device);
  return html`
    <button
      type="button"
      class=${`icon-button icon-button--on-video ${on ? "" : "icon-button--off"}`}
      aria-label=${t(`call.${kind}`)}
      aria-pressed=${on}
      aria-busy=${device.pending}
      onClick=${toggle}
    >
      ${h(Icon, {name: ICONS[kind][on ? 0 : 1] ?? ""})}
    </button>`;
};
