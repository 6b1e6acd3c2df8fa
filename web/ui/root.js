import {useEffect, useReducer} from "../vendor/hooks.js";
import {Call} from "./call.js";
import {End, endHeading} from "./end.js";
import {Home} from "./home.js";
import {h} from "./html.js";
import {Lobby} from "./lobby.js";
import {Missing} from "./missing.js";
import {PreferencesProvider, useStoredPreferences} from "./preferences.js";
import {Toast} from "./toast.js";

/** @typedef {import("../core/types.js").App} App */
/** @typedef {import("../core/types.js").State} State */
/** @typedef {import("./words.js").Words} Words */

/** @param {App} app */
const useAppState = (app) => {
  const [, draw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useEffect(() => app.subscribe(() => draw(undefined)), [app]);
  return app.state();
};

/** @param {Words} t @param {State} state */
const titleOf = (t, {view, room, lobby, ended}) => {
  const name = room?.title || lobby?.title || t("room.untitled");
  if (view === "lobby") return t("title.page", {place: name});
  if (view === "call") return t("title.call", {room: name});
  if (view === "end" && ended) return t("title.page", {place: endHeading(t, ended.reason, name)});
  if (view === "missing") return t("title.page", {place: t("missing.title")});
  return "Greenroom";
};

/** @param {App} app @param {State} state */
const viewOf = (app, state) => {
  const {actions} = app;
  switch (state.view) {
    case "home":
      return h(Home, {
        actions,
        recent: app.recent(),
        roomNames: state.about?.room_names ?? false,
        error: state.error,
      });
    case "lobby":
      return h(Lobby, {app, state});
    case "call":
      return h(Call, {app, state});
    case "end":
      return state.ended && h(End, {app, ended: state.ended, room: state.room?.title ?? ""});
    case "missing":
      return h(Missing, {actions, error: state.error});
  }
};

/** @param {{app: App}} props */
export const Root = ({app}) => {
  const state = useAppState(app);
  const preferences = useStoredPreferences();
  const {t} = preferences;
  const title = titleOf(t, state);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return h(
    PreferencesProvider,
    {value: preferences},
    viewOf(app, state),
    h(Toast, {notice: state.notice, dismiss: app.actions.dismissNotice}),
  );
};
