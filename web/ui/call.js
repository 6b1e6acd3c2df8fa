import {useEffect, useRef, useState} from "../vendor/hooks.js";
import {Alone} from "./alone.js";
import {Announcer} from "./announcer.js";
import {CallFacts} from "./call-facts.js";
import {ChatPanel} from "./chat-panel.js";
import {ConnectionPanel} from "./connection-panel.js";
import {ControlBar} from "./control-bar.js";
import {isOn} from "./device-toggle.js";
import {EffectsPanel} from "./effects-panel.js";
import {HeldBanner} from "./held-banner.js";
import {h, html} from "./html.js";
import {Icon} from "./icon.js";
import {LostBanner} from "./lost-banner.js";
import {PeoplePanel} from "./people-panel.js";
import {useWords} from "./preferences.js";
import {RenameDialog} from "./rename-dialog.js";
import {ServerBanner} from "./server-banner.js";
import {ShortcutsDialog} from "./shortcuts-dialog.js";
import {Sound} from "./sound.js";
import {Stage} from "./stage.js";
import {useShortcuts} from "./use-shortcuts.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {import("../core/types.js").PanelName} PanelName */
/** @typedef {"shortcuts" | "rename"} DialogName */

const toggleFullscreen = () => {
  if (document.fullscreenElement) void document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => undefined); // refused: the page stays as it is
};

/** Puts the focus back on the button of the panel that was closed. @param {State["panel"]} panel */
const useFocusBack = (panel) => {
  const last = useRef(panel);
  useEffect(() => {
    const closed = last.current;
    last.current = panel;
    if (closed === null || panel !== null) return;
    const buttons = document.querySelectorAll(`[data-opens="${closed}"]`);
    for (const button of buttons) if (button instanceof HTMLElement && button.offsetParent) button.focus();
  }, [panel]);
};

/** @param {{app: App, state: State}} props */
export const Call = ({app, state}) => {
  const t = useWords();
  const {actions} = app;
  const [dialog, setDialog] = useState(/** @type {DialogName | null} */ (null));
  const draft = useRef("");
  const scroll = useRef(/** @type {number | null} */ (null));
  const search = useRef({words: "", chip: "all"});
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  const title = state.room?.title || t("room.untitled");
  const togglePanel = (/** @type {PanelName} */ panel) =>
    actions.openPanel(state.panel === panel ? null : panel);
  const closePanel = () => actions.openPanel(null);
  useFocusBack(state.panel);
  useShortcuts({
    keys: {
      m: actions.toggleMicrophone,
      v: actions.toggleCamera,
      c: () => togglePanel("chat"),
      p: () => togglePanel("people"),
      e: () => togglePanel("effects"),
      h: actions.toggleHand,
      f: toggleFullscreen,
      "?": () => setDialog("shortcuts"),
      Escape: closePanel,
    },
    talk: {
      isOn: state.microphone.wanted,
      canStart: () => state.microphone.problem === null && !isOn(state.microphone),
      start: () => actions.setMicrophone(true),
      stop: () => actions.setMicrophone(false),
    },
  });
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
    event.stopPropagation();
    closePanel();
  };
  const others = state.participants.filter(({id}) => id !== state.self);
  const closeDialog = () => setDialog(null);
  return html`
    <main class=${`call ${state.panel ? "call--panel" : ""}`}>
      <h1 class="visually-hidden" ref=${heading} tabindex="-1">${title}</h1>
      <header class="call__top">
        <div class="call__top-text">${h(CallFacts, {title, state})}</div>
        <button
          class="icon-button"
          aria-label=${t("call.people")}
          aria-pressed=${state.panel === "people"}
          data-opens="people"
          onClick=${() => togglePanel("people")}
        >
          ${h(Icon, {name: "users"})}
        </button>
        <button class="button button--danger call__leave" onClick=${actions.leave}>${t("call.leave")}</button>
      </header>
      <div class="call__middle">
        <div class="call__stage">
          <div class="call__notices call__notices--push">
            ${state.link === "lost" && h(LostBanner, {tryNow: actions.reconnectNow})}
            ${state.link === "online" &&
            (state.serverPath === "blocked" || state.serverPath === "refused") &&
            h(ServerBanner, {kind: state.serverPath})}
            ${state.effects.held &&
            h(HeldBanner, {
              actions: actions.effects,
              isPrivate: state.room?.media === "private",
              again: state.effects.again,
              blursHere: state.local.camera !== "off",
            })}
            ${h(Sound, {
              others,
              mediaOf: app.remoteMedia,
              speakerId: state.speakerId,
              volumes: state.volumes,
            })}
          </div>
          ${h(Stage, {app, state})}
          ${others.length === 0 && state.panel !== "people" && h(Alone, {copyLink: actions.copyLink})}
        </div>
        ${state.panel &&
        html`<div class="call__panel" onKeyDown=${escape}>
          ${state.panel === "chat" &&
          h(ChatPanel, {key: "chat", state, actions, memory: {draft, scroll}, close: closePanel})}
          ${state.panel === "people" && h(PeoplePanel, {key: "people", state, actions, close: closePanel})}
          ${state.panel === "effects" && h(EffectsPanel, {key: "effects", app, state, search, close: closePanel})}
          ${state.panel === "connection" && h(ConnectionPanel, {key: "connection", app, state, close: closePanel})}
        </div>`}
      </div>
      ${h(ControlBar, {app, state, title, togglePanel, openDialog: setDialog, toggleFullscreen})}
      ${h(Announcer, {state})}
      ${dialog === "shortcuts" && h(ShortcutsDialog, {close: closeDialog})}
      ${dialog === "rename" && h(RenameDialog, {title, rename: actions.renameRoom, close: closeDialog})}
    </main>`;
};
