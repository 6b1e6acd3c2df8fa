// The page's state and the one function that changes it.

import {addMessages, emptyChat, reduceChat} from "./chat-state.js";
import {emptyEffects, reduceEffects} from "./effects-state.js";
import {reduceRoster} from "./roster-state.js";
import {namedSpeaker, nextSpeaker} from "./speaker.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").DeviceState} DeviceState */
/**
 * `at` is our own clock: when it happened for this page.
 * @typedef {(
 *   | {type: "about", about: State["about"]}
 *   | {type: "opened", view: "home" | "lobby", roomId: string | null}
 *   | {type: "lobby", lobby: State["lobby"]}
 *   | {type: "room-missing"}
 *   | {type: "name", name: string}
 *   | {type: "entered", snapshot: Snapshot, at: number, since: number}
 *   | {type: "permitted", permissions: string[], forwarding: boolean}
 *   | {type: "fact", name: string, data: any, at: number}
 *   | {type: "link", link: State["link"], at: number}
 *   | {type: "shown", id: string, shown: import("./routes.js").Shown | null}
 *   | {type: "server-path", path: State["serverPath"]}
 *   | {type: "loudest", id: string | null}
 *   | {type: "quality", quality: State["quality"]}
 *   | {type: "speaking", id: string, speaking: boolean}
 *   | {type: "device", source: Source, change: Partial<DeviceState>}
 *   | {type: "devices", devices: State["devices"]}
 *   | {type: "speaker", deviceId: string}
 *   | {type: "panel", panel: State["panel"]}
 *   | {type: "caption", id: string, caption: import("./types.js").Caption | null}
 *   | {type: "presets", presets: State["presets"]}
 *   | {type: "local", source: Source, now: import("./types.js").LocalState}
 *   | {type: "volumes", volumes: State["volumes"]}
 *   | import("./effects-state.js").EffectsAction
 *   | import("./chat-state.js").ChatAction
 *   | {type: "notice", notice: NonNullable<State["notice"]>}
 *   | {type: "notice-dismissed"}
 *   | {type: "error", error: State["error"]}
 *   | {type: "ended", reason: string, at: number}
 * )} Action
 */

/** @returns {State} */
export const initialState = () => ({
  view: "home",
  roomId: null,
  lobby: null,
  name: "",
  ...outOfRoom(),
  microphone: device(),
  camera: device(),
  speakerId: "",
  presets: [],
  volumes: {},
  local: {microphone: "off", camera: "off"},
  devices: {microphones: [], cameras: [], speakers: []},
  ended: null,
  notice: null,
  error: null,
  about: null,
});

/** @returns {DeviceState} */
const device = () => ({wanted: true, live: false, pending: false, problem: null, deviceId: ""});

/** What is known only inside a room. */
const outOfRoom = () => ({
  room: null,
  self: null,
  permissions: [],
  participants: [],
  awayAt: {},
  link: /** @type {const} */ ("idle"),
  lostAt: null,
  forwarding: false,
  peers: {},
  paths: {},
  serverPath: /** @type {const} */ ("idle"),
  everForwarded: false,
  speaking: {},
  loudest: null,
  activeSpeaker: null,
  quality: {},
  effects: emptyEffects(),
  captions: {},
  chat: emptyChat(),
  panel: null,
  callStartedAt: null,
});

/**
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export const reduce = (state, action) => {
  switch (action.type) {
    case "about":
      return {...state, about: action.about};
    case "opened":
      return {...state, ...outOfRoom(), view: action.view, roomId: action.roomId, lobby: null, ended: null, error: null};
    case "lobby":
      return {...state, lobby: action.lobby};
    case "room-missing":
      return {...state, view: "missing", error: null};
    case "name":
      return {...state, name: action.name};
    case "entered":
      return entered(state, action);
    case "permitted":
      return {...state, permissions: action.permissions, forwarding: action.forwarding};
    case "fact":
      return heard(reduceRoster(state, action));
    case "link":
      return link(state, action);
    case "shown":
      return heard(shown(state, action));
    case "server-path":
      return {...state, serverPath: action.path, everForwarded: state.everForwarded || action.path !== "idle"};
    case "speaking":
      return heard({...state, speaking: put(state.speaking, action.id, action.speaking || null)});
    case "loudest": {
      const named = {...state, loudest: action.id};
      return {...named, activeSpeaker: namedSpeaker(named)};
    }
    case "quality":
      return sameBars(state.quality, action.quality) ? state : {...state, quality: action.quality};
    case "device":
      return {...state, [action.source]: {...state[action.source], ...action.change}};
    case "devices":
      return {...state, devices: action.devices};
    case "speaker":
      return {...state, speakerId: action.deviceId};
    case "panel":
      return panel(state, action.panel);
    case "effects":
    case "trouble": {
      const effects = reduceEffects(state.effects, action);
      return {...state, effects, everForwarded: state.everForwarded || effects.trying};
    }
    case "mended": {
      const over = state.notice?.params["effect"] === action.id;
      return {...state, effects: reduceEffects(state.effects, action), notice: over ? null : state.notice};
    }
    case "caption":
      return {...state, captions: put(state.captions, action.id, action.caption)};
    case "presets":
      return {...state, presets: action.presets};
    case "local":
      return {...state, local: {...state.local, [action.source]: action.now}};
    case "volumes":
      return {...state, volumes: action.volumes};
    case "notice":
      return {...state, notice: action.notice};
    case "notice-dismissed":
      return {...state, notice: null};
    case "error":
      return {...state, error: action.error};
    case "ended":
      return ended(state, action);
    default:
      return {...state, chat: reduceChat(state.chat, action)};
  }
};

/**
 * @template T
 * @param {Record<string, T>} record
 * @param {string} id
 * @param {T | null} value null removes the entry
 * @returns {Record<string, T>}
 */
const put = (record, id, value) => {
  const {[id]: _, ...rest} = record;
  return value === null ? rest : {...rest, [id]: value};
};

/**
 * @param {State["quality"]} before
 * @param {State["quality"]} now
 */
const sameBars = (before, now) =>
  Object.keys(before).length === Object.keys(now).length && Object.entries(now).every(([id, bars]) => before[id] === bars);

/** @param {State} state @returns {State} */
const heard = (state) => {
  const activeSpeaker = nextSpeaker(state);
  return activeSpeaker === state.activeSpeaker ? state : {...state, activeSpeaker};
};

/**
 * @param {State} state
 * @param {{id: string, shown: import("./routes.js").Shown | null}} action
 * @returns {State}
 */
const shown = (state, {id, shown: now}) => ({
  ...state,
  peers: put(state.peers, id, now && now.state),
  paths: put(state.paths, id, now && {route: now.route, changing: now.changing}),
});

/**
 * @param {State} state
 * @param {{snapshot: Snapshot, at: number, since: number}} action `since`: when this call began
 * @returns {State}
 */
const entered = (state, {snapshot, at, since}) => {
  const {self, room, participants, permissions, forwarding} = snapshot;
  const me = participants.find(({id}) => id === self);
  /** @type {Record<string, number>} */
  const awayAt = {};
  for (const {id, presence, away_s} of participants) if (presence !== "here") awayAt[id] = at - away_s * 1000;
  const chat = addMessages(state.chat, snapshot.chat, {newest: true, more: snapshot.chat_more});
  const first = state.callStartedAt === null;
  return {
    ...state,
    view: "call",
    room,
    self,
    permissions,
    participants,
    forwarding,
    awayAt,
    error: null,
    ended: null,
    name: me?.name ?? state.name,
    callStartedAt: state.callStartedAt ?? since,
    chat: first
      ? reduceChat(chat, {type: "noted", note: {kind: "self-joined", id: self, name: me?.name ?? state.name, at: since}})
      : chat,
  };
};

/**
 * @param {State} state
 * @param {{link: State["link"], at: number}} action
 * @returns {State}
 */
const link = (state, {link: next, at}) => ({
  ...state,
  link: next,
  lostAt: next === "lost" ? (state.lostAt ?? at) : null,
});

/**
 * @param {State} state
 * @param {State["panel"]} next
 * @returns {State}
 */
const panel = (state, next) => ({
  ...state,
  panel: next,
  // What it says of an effect stands in the panel.
  notice: next === "effects" && state.notice?.params["effect"] !== undefined ? null : state.notice,
  chat: next === "chat" ? {...state.chat, unread: 0} : state.chat,
});

/**
 * @param {State} state
 * @param {{reason: string, at: number}} action
 * @returns {State}
 */
const ended = (state, {reason, at}) => ({
  ...state,
  ...outOfRoom(),
  room: state.room,
  view: "end",
  notice: null,
  ended: {
    reason,
    durationS: state.callStartedAt === null ? 0 : Math.max(0, Math.round((at - state.callStartedAt) / 1000)),
    others: state.participants.filter(({id}) => id !== state.self).map(({name}) => name),
    direct: !state.everForwarded,
  },
});
