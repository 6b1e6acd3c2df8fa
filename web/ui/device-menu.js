import {h, html} from "./html.js";
import {LevelMeter} from "./level-meter.js";
import {Menu, MenuGroup, MenuItem, MenuRule} from "./menu.js";
import {useWords} from "./preferences.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").Device} Device */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {import("./words.js").Words} Words */

/** @param {Words} t @param {Device} device @param {number} n */
const labelOf = (t, {label}, n) => label || t("device.unnamed", {n: n + 1});

/** The choices of one kind, as a group of a menu.
 * @param {{label: string, icon: string, devices: Device[], chosen: string, choose: (deviceId: string) => void}} props
 */
export const DeviceChoices = ({label, icon, devices, chosen, choose}) => {
  const t = useWords();
  const picked = devices.some(({deviceId}) => deviceId === chosen) ? chosen : devices[0]?.deviceId;
  return h(
    MenuGroup,
    {label},
    devices.map((device, n) =>
      h(MenuItem, {
        key: device.deviceId,
        icon,
        text: labelOf(t, device, n),
        checked: device.deviceId === picked,
        choose: () => choose(device.deviceId),
      }),
    ),
  );
};

/** @param {{app: App, state: State, close: () => void}} props */
export const SoundMenu = ({app, state, close}) => {
  const t = useWords();
  const {actions} = app;
  const {microphones, speakers} = state.devices;
  return h(
    Menu,
    {label: t("call.sound-devices"), close},
    h(DeviceChoices, {
      label: t("device.microphone"),
      icon: "mic",
      devices: microphones,
      chosen: state.microphone.deviceId,
      choose: actions.chooseMicrophone,
    }),
    html`<div class="menu__slot">${h(LevelMeter, {onLevel: app.onLevel, on: state.microphone.live})}</div>`,
    h(MenuRule, {}),
    speakers.length > 0 &&
      h(DeviceChoices, {
        label: t("device.speakers"),
        icon: "volume-2",
        devices: speakers,
        chosen: state.speakerId,
        choose: actions.chooseSpeaker,
      }),
    h(MenuItem, {icon: "bell", text: t("device.test-sound"), choose: actions.playTestSound}),
  );
};

/** @param {{app: App, state: State, close: () => void}} props */
export const CameraMenu = ({app, state, close}) => {
  const t = useWords();
  return h(
    Menu,
    {label: t("call.video-devices"), close},
    h(DeviceChoices, {
      label: t("device.camera"),
      icon: "video",
      devices: state.devices.cameras,
      chosen: state.camera.deviceId,
      choose: app.actions.chooseCamera,
    }),
  );
};
