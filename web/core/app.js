// Puts the parts together: the page's state, what people may do, and the streams.

import {actionsOf} from "./actions.js";
import {Call} from "./call.js";
import {systemClock} from "./clock.js";
import {Levels} from "./levels.js";
import {Media} from "./media.js";
import {recentRooms} from "./recent.js";
import {Rooms} from "./rooms.js";
import {openSocket} from "./socket.js";
import {OwnLevel} from "./sound.js";
import {device} from "./storage.js";
import {Store} from "./store.js";
import {troubleNotice} from "./troubles.js";

/** @typedef {import("./types.js").App} App */
/** @typedef {import("./types.js").Source} Source */

/** @returns {App} */
export const createApp = () => {
  const store = new Store();
  const {state, dispatch} = store;
  const ownLevel = new OwnLevel();
  const notices = notifier(dispatch);
  const media = new Media({
    devices: navigator.mediaDevices,
    permissions: navigator.permissions,
    storage: device,
    deliver: async (source, track) => {
      if (source === "microphone") ownLevel.listen(track);
      await call.mesh.setTrack(source, track);
    },
    onDevice: (source, change) => {
      dispatch({type: "device", source, change});
      call?.devicesChanged();
    },
    onDevices: (devices) => dispatch({type: "devices", devices}),
    onSpeaker: (deviceId) => dispatch({type: "speaker", deviceId}),
    onNotice: (source, notice, label) =>
      notices(notice === "switched" ? "info" : "error", `notice.${source}-${notice}`, {label}),
    onProblem: (source) => tellTrouble(source),
  });
  /** @param {Source} source */
  const tellTrouble = (source) => {
    const text = state().view === "call" ? troubleNotice(state(), source) : null;
    if (text) notices("error", text);
  };
  /** @type {Call} */
  const call = new Call({
    state,
    dispatch,
    local: media,
    clock: systemClock,
    openSocket,
    onSession: () => rooms.keepSession(),
    onEnded: (reason) => void rooms.end(reason),
  });
  const levels = new Levels({
    clock: systemClock,
    read: () => amplitudes(call, ownLevel),
    onSpeaking: (who, speaking) => speakingChanged(store, who, speaking),
  });
  const rooms = new Rooms({
    store,
    call,
    media,
    levels,
    ownLevel,
    clock: systemClock,
    // Without having seen the lobby.
    onStraightIn: () => tellTrouble("microphone"),
  });
  rooms.listen();
  void rooms.openAddress();
  if (new URL(location.href).searchParams.get("debug") === "1") expose(call);
  return {
    state,
    subscribe: store.subscribe,
    actions: actionsOf({store, call, media, rooms, notices}),
    localStream: () => (media.stream.getTracks().length > 0 ? media.stream : null),
    remoteStream: (participantId) => call.mesh.stream(participantId),
    onLevel: (who, listener) => levels.on(who, listener),
    recent: () => recentRooms(device),
  };
};

/**
 * @typedef {(kind: "info" | "error", text: string, params?: Record<string, string | number>) => void} Notify
 * @param {(action: import("./state.js").Action) => void} dispatch
 * @returns {Notify}
 */
const notifier = (dispatch) => {
  let id = 0;
  return (kind, text, params = {}) => {
    id += 1;
    dispatch({type: "notice", notice: {id, kind, text, params}});
  };
};

/**
 * @param {Call} call
 * @param {OwnLevel} ownLevel
 * @returns {Iterable<[string, number]>}
 */
function* amplitudes(call, ownLevel) {
  yield ["self", ownLevel.read()];
  for (const [id, peer] of call.mesh.peers()) {
    yield [id, peer.audioReceiver?.getSynchronizationSources()[0]?.audioLevel ?? 0];
  }
}

/**
 * @param {Store} store
 * @param {string} who
 * @param {boolean} speaking
 */
const speakingChanged = ({state, dispatch}, who, speaking) => {
  const id = who === "self" ? state().self : who;
  if (id) dispatch({type: "speaking", id, speaking});
};

/**
 * For the browser tests, which read the statistics of the real connections.
 * @param {Call} call
 */
const expose = (call) => {
  const peerConnections = () => Object.fromEntries(Array.from(call.mesh.peers(), ([id, peer]) => [id, peer.connection]));
  Object.assign(globalThis, {greenroomDebug: {peerConnections}});
};
