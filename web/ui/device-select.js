import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").Device} Device */

/** A native select in our clothes: phones open their own wheel.
 * @param {{
 *   kind: "microphone" | "camera" | "speakers", icon: string, offIcon?: string, devices: Device[], chosen: string,
 *   problem?: import("../core/types.js").DeviceProblem | null, choose: (deviceId: string) => void,
 * }} props
 */
export const DeviceSelect = ({kind, icon, offIcon, devices, chosen, problem = null, choose}) => {
  const t = useWords();
  const standard = devices.find(({deviceId}) => deviceId === "" || deviceId === "default")?.deviceId;
  const named = devices.filter(({deviceId}) => deviceId !== "" && deviceId !== "default");
  const picked = problem === null && named.some(({deviceId}) => deviceId === chosen) ? chosen : (standard ?? "");
  const standing = problem ? t(`device.${kind}.${problem}`) : t(`device.${kind}.default`);
  const needsStanding = standard !== undefined || picked === "";
  return html`
    <span class=${`select ${problem ? "select--bad" : ""}`}>
      <span class=${problem ? "is-bad" : "select__icon"}>
        ${h(Icon, {name: problem ? (offIcon ?? icon) : icon, size: 16})}
      </span>
      <select
        class="select__native"
        aria-label=${t(`device.${kind}`)}
        value=${picked}
        disabled=${problem !== null && named.every(({label}) => label === "")}
        onChange=${(/** @type {{currentTarget: HTMLSelectElement}} */ event) => choose(event.currentTarget.value)}
      >
        ${needsStanding && html`<option value=${standard ?? ""}>${standing}</option>`}
        ${named.map(
          ({deviceId, label}, n) => html`
            <option key=${deviceId} value=${deviceId}>${label || t("device.unnamed", {n: n + 1})}</option>`,
        )}
      </select>
      ${h(Icon, {name: "chevron-down", size: 16})}
    </span>`;
};
