// Puts the parts together: the page's state, what people may do, and the streams.

import {actionsOf} from "./actions.js";
import {Call} from "./call.js";
import {systemClock} from "./clock.js";
import {goingOn, readEffects, readLocal, writeLocal} from "./kept-effects.js";
import {Levels} from "./levels.js";
import {LocalEffects} from "./local-effects.js";
import {Media} from "./media.js";
import {recentRooms} from "./recent.js";
import {Rooms} from "./rooms.js";
import {openSocket} from "./socket.js";
import {OwnLevel} from "./sound.js";
import {device, tab} from "./storage.js";
import {readPresets} from "./presets.js";
import {Store} from "./store.js";
import {troubleNotice} from "./troubles.js";
import {readVolumes} from "./volumes.js";

/** @typedef {import("./types.js").App} App */
/** @typedef {import("./types.js").Source} Source */

/**
 * @param {{makeLocal: Record<Source, import("./local-effects.js").Make>}} options `makeLocal`: effects that this browser
 *   makes by itself
 * @returns {App}
 */
export const createApp = ({makeLocal}) => {
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
      await local.setTrack(source, track);
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
  const local = new LocalEffects({
    make: makeLocal,
    deliver: (source, track) => call.setTrack(source, track),
    onState: (source, now) => {
      dispatch({type: "local", source, now});
      writeLocal(tab, source, now !== "off");
      call.devicesChanged();
    },
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
    local: {stream: media.stream, track: (source) => local.track(source)},
    clock: systemClock,
    openSocket,
    onSession: () => rooms.keepSession(),
    onEnded: (reason) => void rooms.end(reason),
    onWeak: () => notices("info", "notice.weak-line"),
    onRefused: ({code}, what) => notices("error", refusalText(code, what)),
    onTrouble: (trouble) => tellEffectTrouble(state(), notices, trouble),
    onEffectsEnded: () => tellEnded(state(), notices),
    storage: tab,
  });
  const levels = new Levels({
    clock: systemClock,
    read: () => amplitudes(store, call, ownLevel),
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
  dispatch({type: "presets", presets: readPresets(device)});
  dispatch({type: "volumes", volumes: readVolumes(tab)});
  for (const source of readLocal(tab)) void local.want(source, true);
  rooms.listen();
  void rooms.openAddress();
  if (new URL(location.href).searchParams.get("debug") === "1") expose(store, call);
  return {
    state,
    subscribe: store.subscribe,
    actions: actionsOf({store, call, media, local, rooms, notices}),
    localStream: () => ownStream(media, local),
    comingIn: () => comingIn(state()),
    ownPicture: () => call.forwarding.ownPicture,
    cardPreviews: call.cardPreviews,
    remoteMedia: (participantId) => call.forwarding.routes.media(participantId),
    onLevel: (who, listener) => levels.on(who, listener),
    onStatistics: (listener) => call.gauge.on(listener),
    recent: () => recentRooms(device),
  };
};

/** Our own picture as it goes out, as far as this browser makes it.
 * @param {Media} media
 * @param {LocalEffects} local
 */
const ownStream = (media, local) => {
  if (!local.isBare("camera")) return local.stream;
  return media.stream.getTracks().length > 0 ? media.stream : null;
};

/** Which effects everyone gets of us as soon as we come in; null when it is none.
 * @param {import("./types.js").State} state
 */
const comingIn = ({roomId}) => {
  const kept = readEffects(tab);
  const effects = kept && goingOn(kept, roomId ?? "");
  return effects?.shown ? effects : null;
};

/** The panel shows it by itself while it is open.
 * @param {import("./types.js").State} state
 * @param {Notify} notices
 * @param {import("./types.js").Trouble} trouble
 */
const tellEffectTrouble = ({panel, effects: {own}}, notices, {id, filter, title, off}) => {
  if (panel === "effects") return;
  const hidden = off && own.video.some((one) => one.id === id);
  const text = hidden ? "notice.effect-hidden" : off ? "notice.effect-off" : "notice.effect-fails";
  notices("error", text, {effect: id, filter, title});
};

/** Who was hidden reads it in the banner; other ends are told as troubles.
 * @param {import("./types.js").State} state
 * @param {Notify} notices
 */
const tellEnded = ({room, effects: {held}}, notices) => {
  if (room?.media === "private" && !held) notices("info", "notice.effects-ended");
};

/** Refusals of effects that have a sentence of their own. */
const EFFECT_REFUSALS = new Set(["too-many-effects", "private-room", "unknown-filter", "media-unavailable"]);

/** @param {string} code @param {"effects" | "gain"} what was refused */
const refusalText = (code, what) => {
  if (what === "gain") return code === "private-room" ? "notice.gain-private-room" : "notice.gain-refused";
  return EFFECT_REFUSALS.has(code) ? `notice.effects-${code}` : "notice.effects-refused";
};

/**
 * @typedef {(
 *   kind: "info" | "error", text: string, params?: Record<string, string | number>, effects?: {filter: string, title: string}[],
 * ) => void} Notify `effects`: those whose names the sentence lists
 * @param {(action: import("./state.js").Action) => void} dispatch
 * @returns {Notify}
 */
const notifier = (dispatch) => {
  let id = 0;
  return (kind, text, params = {}, effects = []) => {
    id += 1;
    dispatch({type: "notice", notice: {id, kind, text, params, effects}});
  };
};

/**
 * @param {Store} store
 * @param {Call} call
 * @param {OwnLevel} ownLevel
 * @returns {Iterable<[string, number]>}
 */
function* amplitudes({state}, call, ownLevel) {
  yield ["self", ownLevel.read()];
  for (const {id} of state().participants) {
    const receiver = call.forwarding.routes.shown(id)?.audio;
    if (receiver) yield [id, receiver.getSynchronizationSources()[0]?.audioLevel ?? 0];
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
 * @param {Store} store
 * @param {Call} call
 */
const expose = ({state}, call) => {
  const {routes, publication, subscription} = call.forwarding;
  const others = () => state().participants.filter(({id}) => id !== state().self);
  Object.assign(globalThis, {
    greenroomDebug: {
      state,
      /** The connections of the mesh, by participant. */
      peerConnections: () => Object.fromEntries(Array.from(call.mesh.peers(), ([id, peer]) => [id, peer.connection])),
      /** Those with the server; null where there is none. */
      serverConnections: () => ({publish: publication.connection, subscribe: subscription.connection}),
      /** The route on which each of the others is shown. */
      paths: () => Object.fromEntries(others().map(({id}) => [id, routes.route(id)])),
      /** What is shown of each of the others: {key, stream, connection, audio, video}, or null. */
      shown: () => Object.fromEntries(others().map(({id}) => [id, routes.shown(id)])),
    },
  });
};
