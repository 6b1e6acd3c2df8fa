import {initialState, reduce} from "../../web/core/state.js";
import {participant, snapshot} from "./fakes.js";

const room = (routes) =>
  Object.entries(routes).reduce(
    (state, [id, route]) => reduce(state, {type: "shown", id, shown: {state: "connected", route, changing: false}}),
    reduce(initialState(), {
      type: "entered",
      snapshot: snapshot({participants: [participant("a"), ...Object.keys(routes).map((id) => participant(id))]}),
      at: 1,
      since: 1,
    }),
  );
const voice = (state, id, speaking = true) => reduce(state, {type: "speaking", id, speaking});
const named = (state, id) => reduce(state, {type: "loudest", id});

export default {
  "whoever speaks keeps the floor until they stop, and after them it is who speaks then": (t) => {
    let state = voice(room({b: "direct", c: "direct"}), "b");
    t.equal(state.activeSpeaker, "b");
    state = voice(state, "a");
    t.equal(state.activeSpeaker, "b");
    state = voice(state, "b", false);
    t.equal(state.activeSpeaker, "a", "ourselves, too");
    state = voice(state, "a", false);
    t.equal(state.activeSpeaker, "a", "in silence it is who spoke last");
  },

  "of those who come by the server, the server names one": (t) => {
    let state = voice(room({b: "forwarded", c: "forwarded"}), "b");
    t.equal(state.activeSpeaker, null, "what we hear of them is not asked");
    state = named(state, "c");
    t.equal(state.activeSpeaker, "c");
    state = named(voice(state, "c"), "b");
    t.equal(state.activeSpeaker, "b");
  },

  "the server does not know of those who come directly": (t) => {
    let state = named(voice(room({b: "forwarded", c: "direct"}), "c"), "b");
    t.equal(state.activeSpeaker, "c");
    state = voice(voice(state, "b"), "c", false);
    t.equal(state.activeSpeaker, "b");
  },

  "who left has no floor": (t) => {
    const state = voice(room({b: "direct"}), "b");
    const after = reduce(state, {type: "fact", name: "participant-left", data: {participant_id: "b", reason: "left"}, at: 2});
    t.equal(after.activeSpeaker, null);
    t.equal(named(after, "b").activeSpeaker, null);
  },
};
