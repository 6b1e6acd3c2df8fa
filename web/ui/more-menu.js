import {DeviceChoices} from "./device-menu.js";
import {h, html} from "./html.js";
import {Menu, MenuGroup, MenuItem, MenuRule} from "./menu.js";
import {usePreferences} from "./preferences.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {"shortcuts" | "rename"} DialogName */

/** @type {{theme: import("./preferences.js").Theme, icon: string}[]} */
const THEMES = [
  {theme: "dark", icon: "moon"},
  {theme: "light", icon: "sun"},
  {theme: "system", icon: "sun-moon"},
];

/** @param {{app: App, state: State, openDialog: (name: DialogName) => void, toggleFullscreen: () => void, close: () => void}} props */
export const MoreMenu = ({app, state, openDialog, toggleFullscreen, close}) => {
  const {t, locale, theme, setLocale, setTheme} = usePreferences();
  const then = (/** @type {() => void} */ act) => () => {
    close();
    act();
  };
  const full = document.fullscreenElement !== null;
  return h(
    Menu,
    {label: t("call.more"), close},
    h(PhoneDevices, {app, state}),
    document.fullscreenEnabled &&
      h(MenuItem, {
        icon: "maximize-2",
        text: t(full ? "more.exit-fullscreen" : "more.fullscreen"),
        shortcut: "F",
        choose: then(toggleFullscreen),
      }),
    h(MenuItem, {icon: "keyboard", text: t("more.shortcuts"), shortcut: "?", choose: then(() => openDialog("shortcuts"))}),
    state.permissions.includes("manage-room") &&
      h(MenuItem, {icon: "pencil", text: t("more.rename"), choose: then(() => openDialog("rename"))}),
    h(MenuRule, {}),
    h(MenuItem, {
      icon: "languages",
      text: t("more.language", {language: t(`language.${locale}`)}),
      choose: () => setLocale(locale === "en" ? "zh" : "en"),
    }),
    h(
      MenuGroup,
      {label: t("more.theme")},
      THEMES.map((each) =>
        h(MenuItem, {
          key: each.theme,
          icon: each.icon,
          text: t(`more.theme.${each.theme}`),
          checked: theme === each.theme,
          choose: () => setTheme(each.theme),
        }),
      ),
    ),
  );
};

/** On a phone the bar has no room for the device buttons: their choices are here.
 * @param {{app: App, state: State}} props
 */
const PhoneDevices = ({app, state}) => {
  const {t} = usePreferences();
  const {devices, microphone, camera, speakerId} = state;
  const {actions} = app;
  const kinds = [
    {kind: "microphone", icon: "mic", list: devices.microphones, chosen: microphone.deviceId, choose: actions.chooseMicrophone},
    {kind: "camera", icon: "video", list: devices.cameras, chosen: camera.deviceId, choose: actions.chooseCamera},
    {kind: "speakers", icon: "volume-2", list: devices.speakers, chosen: speakerId, choose: actions.chooseSpeaker},
  ].filter(({list}) => list.length > 1);
  return html`
    <div class="menu__phone" role="none">
      ${kinds.map(({kind, icon, list, chosen, choose}) =>
        h(DeviceChoices, {key: kind, label: t(`device.${kind}`), icon, devices: list, chosen, choose}),
      )}
      ${kinds.length > 0 && h(MenuRule, {})}
    </div>`;
};
