import {DeviceChoices} from "./device-menu.js";
import {h, html} from "./html.js";
import {Menu, MenuGroup, MenuItem, MenuRule} from "./menu.js";
import {usePreferences} from "./preferences.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").MediaPolicy} MediaPolicy */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {"shortcuts" | "rename"} DialogName */

/** @type {{theme: import("./preferences.js").Theme, icon: string}[]} */
const THEMES = [
  {theme: "dark", icon: "moon"},
  {theme: "light", icon: "sun"},
  {theme: "system", icon: "sun-moon"},
];

/**
 * @param {{
 *   app: App, state: State, togglePanel: (panel: import("../core/types.js").PanelName) => void,
 *   openDialog: (name: DialogName) => void, toggleFullscreen: () => void, close: () => void,
 * }} props
 */
export const MoreMenu = ({app, state, togglePanel, openDialog, toggleFullscreen, close}) => {
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
    h(NarrowHand, {state, toggle: then(app.actions.toggleHand)}),
    h(MenuItem, {icon: "activity", text: t("more.connection"), choose: then(() => togglePanel("connection"))}),
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
    h(MediaChoice, {state, choose: (media) => then(() => void app.actions.chooseMedia(media))()}),
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

/** @type {{media: MediaPolicy, icon: string}[]} */
const POLICIES = [
  {media: "auto", icon: "route"},
  {media: "mesh", icon: "lock"},
  {media: "forwarded", icon: "server"},
  {media: "private", icon: "shield"},
];

/** Those who may say how media travels in this room, where the server leaves a choice.
 * @param {{state: State, choose: (media: MediaPolicy) => void}} props
 */
const MediaChoice = ({state, choose}) => {
  const {t} = usePreferences();
  if (!state.forwarding || !state.room || !state.permissions.includes("manage-room")) return null;
  const {media} = state.room;
  return html`
    ${h(MenuRule, {})}
    ${h(
      MenuGroup,
      {label: t("more.media")},
      POLICIES.map((each) =>
        h(MenuItem, {
          key: each.media,
          icon: each.icon,
          text: t(`more.media.${each.media}`),
          checked: media === each.media,
          choose: () => choose(each.media),
        }),
      ),
    )}`;
};

/** Where the bar has no room for the hand, it is here. @param {{state: State, toggle: () => void}} props */
const NarrowHand = ({state, toggle}) => {
  const {t} = usePreferences();
  const raised = state.participants.find(({id}) => id === state.self)?.hand_raised ?? false;
  return html`
    <div class="menu__narrow" role="none">
      ${h(MenuItem, {icon: "hand", text: t(raised ? "more.lower-hand" : "call.hand"), shortcut: "H", choose: toggle})}
    </div>`;
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
