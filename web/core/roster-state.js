// What each room fact does to the state.

import {addMessages, reduceChat} from "./chat-state.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Participant} Participant */
/** @typedef {import("./types.js").Source} Source */

/**
 * @param {State} state
 * @param {{name: string, data: any, at: number}} fact
 * @returns {State}
 */
export const reduceRoster = (state, {name, data, at}) => {
  switch (name) {
    case "participant-joined":
      return joined(state, data.participant, at);
    case "participant-left":
      return left(state, data.participant_id, at);
    case "participant-away":
      return {
        ...change(state, data.participant_id, (one) => ({...one, presence: "reconnecting"})),
        awayAt: {...state.awayAt, [data.participant_id]: at},
      };
    case "participant-returned":
      return returned(state, data.participant);
    case "track-changed":
      return change(state, data.participant_id, (one) => ({
        ...one,
        tracks: [...one.tracks.filter(({source}) => source !== data.track.source), data.track],
      }));
    case "track-removed":
      return change(state, data.participant_id, (one) => ({
        ...one,
        tracks: one.tracks.filter(({source}) => source !== data.source),
      }));
    case "route-changed":
      return change(state, data.participant_id, (one) => ({...one, route: data.route, route_reason: data.reason}));
    case "effects-changed":
      return change(state, data.participant_id, (one) => ({...one, effects: data.effects}));
    case "gain-changed":
      return change(state, data.participant_id, (one) => ({
        ...one,
        gain_db: data.gain_db,
        room_gain_db: data.room_gain_db,
      }));
    case "hand-changed":
      return change(state, data.participant_id, (one) => ({...one, hand_raised: data.raised}));
    case "chat-sent":
      return said(state, data.message);
    case "room-updated":
      return {...state, room: data.room};
    default:
      // A newer server tells more than this page knows.
      return state;
  }
};

/**
 * @param {State} state
 * @param {string} id
 * @param {(participant: Participant) => Participant} update
 * @returns {State}
 */
const change = (state, id, update) => ({
  ...state,
  participants: state.participants.map((one) => (one.id === id ? update(one) : one)),
});

/**
 * @template T
 * @param {Record<string, T>} record
 * @param {string} id
 * @returns {Record<string, T>}
 */
const without = (record, id) => {
  const {[id]: _, ...rest} = record;
  return rest;
};

/**
 * @param {State} state
 * @param {Participant} participant
 * @param {number} at
 * @returns {State}
 */
const joined = (state, participant, at) => {
  if (state.participants.some(({id}) => id === participant.id)) return returned(state, participant);
  const note = /** @type {const} */ ({kind: "joined", id: participant.id, name: participant.name, at});
  return {
    ...state,
    participants: [...state.participants, participant],
    chat: reduceChat(state.chat, {type: "noted", note}),
  };
};

/**
 * @param {State} state
 * @param {string} leftId
 * @param {number} at
 * @returns {State}
 */
const left = (state, leftId, at) => {
  const gone = state.participants.find(({id}) => id === leftId);
  if (!gone) return state;
  return {
    ...state,
    participants: state.participants.filter(({id}) => id !== leftId),
    awayAt: without(state.awayAt, leftId),
    peers: without(state.peers, leftId),
    paths: without(state.paths, leftId),
    speaking: without(state.speaking, leftId),
    quality: without(state.quality, leftId),
    captions: without(state.captions, leftId),
    chat: reduceChat(state.chat, {type: "noted", note: {kind: "left", id: leftId, name: gone.name, at}}),
  };
};

/**
 * @param {State} state
 * @param {Participant} participant
 * @returns {State}
 */
const returned = (state, participant) => ({
  ...change(state, participant.id, () => participant),
  awayAt: without(state.awayAt, participant.id),
});

/**
 * @param {State} state
 * @param {import("./types.js").ChatMessage} message
 * @returns {State}
 */
const said = (state, message) => {
  const chat = addMessages(state.chat, [message], {newest: true, more: false});
  const unread = message.from !== state.self && state.panel !== "chat" ? 1 : 0;
  return {...state, chat: {...chat, unread: chat.unread + unread}};
};
