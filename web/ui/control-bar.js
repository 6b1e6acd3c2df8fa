import {useState} from "../vendor/hooks.js";
import {BarButton} from "./bar-button.js";
import {CallFacts} from "./call-facts.js";
import {CameraMenu, SoundMenu} from "./device-menu.js";
import {EffectsButton} from "./effects-button.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {MoreMenu} from "./more-menu.js";
import {useWords} from "./preferences.js";
import {SplitButton} from "./split-button.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */

/**
 * @param {{
 *   app: App, state: State, title: string, togglePanel: (panel: import("../core/types.js").PanelName) => void,
 *   openDialog: (name: "shortcuts" | "rename") => void, toggleFullscreen: () => void,
 * }} props
 */
export const ControlBar = ({app, state, title, togglePanel, openDialog, toggleFullscreen}) => {
  const t = useWords();
  const {actions} = app;
  const [menu, setMenu] = useState(/** @type {"sound" | "camera" | "more" | null} */ (null));
  const close = () => setMenu(null);
  const toggle = (/** @type {"sound" | "camera" | "more"} */ name) => () => setMenu(menu === name ? null : name);
  const chat = (/** @type {string} */ classes) =>
    h(BarButton, {
      icon: "message-square",
      label: t("call.chat"),
      shortcut: "C",
      pressed: state.panel === "chat",
      opens: "chat",
      count: state.chat.unread,
      counted: t("call.unread", {n: state.chat.unread}),
      classes,
      press: () => togglePanel("chat"),
    });
  return html`
    <div class="control-bar" role="group" aria-label=${t("call.controls")}>
      <div class="control-bar__meta">${h(CallFacts, {title, state})}</div>
      <div class="control-bar__dock">
        ${h(SplitButton, {
          kind: "microphone",
          device: state.microphone,
          onLevel: app.onLevel,
          toggle: actions.toggleMicrophone,
          menuOpen: menu === "sound",
          openMenu: toggle("sound"),
          menu: menu === "sound" && h(SoundMenu, {app, state, close}),
        })}
        ${h(SplitButton, {
          kind: "camera",
          device: state.camera,
          onLevel: app.onLevel,
          toggle: actions.toggleCamera,
          menuOpen: menu === "camera",
          openMenu: toggle("camera"),
          menu: menu === "camera" && h(CameraMenu, {app, state, close}),
        })}
        ${h(EffectsButton, {state, press: () => togglePanel("effects")})}
        ${h(BarButton, {
          icon: "hand",
          label: t("call.hand"),
          shortcut: "H",
          pressed: state.participants.find(({id}) => id === state.self)?.hand_raised ?? false,
          classes: "control-bar__slot--wide",
          face: "icon-button--bulb",
          press: actions.toggleHand,
        })}
        ${chat("control-bar__slot--phone")}
        ${h(
          BarButton,
          {icon: "ellipsis", label: t("call.more"), opens: "connection", expanded: menu === "more", press: toggle("more")},
          menu === "more" && h(MoreMenu, {app, state, togglePanel, openDialog, toggleFullscreen, close}),
        )}
      </div>
      <div class="control-bar__end">
        ${chat("")}
        ${h(BarButton, {
          icon: "users",
          label: t("call.people"),
          shortcut: "P",
          pressed: state.panel === "people",
          opens: "people",
          press: () => togglePanel("people"),
        })}
        <button class="button button--danger control-bar__leave" onClick=${actions.leave}>
          ${h(Icon, {name: "log-out", size: 16})}${t("call.leave")}
        </button>
      </div>
    </div>`;
};
