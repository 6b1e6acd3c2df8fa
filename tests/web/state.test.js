import {gap} from "../../web/core/chat-state.js";
import {initialState, reduce} from "../../web/core/state.js";
import {chatMessage, participant, snapshot} from "./fakes.js";

const AT = 50_000;
const fact = (name, data) => ({type: "fact", name, data, at: AT});
const run = (state, ...actions) => actions.reduce((now, action) => reduce(freeze(now), action), state);
const inRoom = (change = {}, since = AT) =>
  run(initialState(), {type: "opened", view: "lobby", roomId: "room"}, {type: "entered", snapshot: snapshot(change), at: AT, since});
const freeze = (value) => {
  if (value && typeof value === "object" && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
};
const seqs = ({chat}) => chat.messages.map(({seq}) => seq);

export default {
  "a snapshot puts the page into the call": async (t) => {
    const state = inRoom({participants: [participant("a"), participant("b", {presence: "reconnecting", away_s: 6})]});
    t.equal([state.view, state.self, state.room.title, state.callStartedAt], ["call", "a", "Title", AT]);
    t.equal(state.awayAt, {b: AT - 6_000});
    t.equal(state.chat.notes.map(({kind}) => kind), ["self-joined"]);
  },

  "a second snapshot keeps when the call began and what was said": async (t) => {
    const state = run(inRoom({chat: [chatMessage(1)]}), {
      type: "entered",
      snapshot: snapshot({self: "z", participants: [participant("z")], chat: [chatMessage(1), chatMessage(2)]}),
      at: AT + 9_000,
      since: AT + 9_000,
    });
    t.equal([state.self, state.callStartedAt, seqs(state)], ["z", AT, [1, 2]]);
    t.equal(state.chat.notes.length, 1);
  },

  "people come in, go away, come back and leave": async (t) => {
    let state = run(inRoom(), fact("participant-joined", {participant: participant("b")}));
    t.equal(state.participants.map(({id}) => id), ["a", "b"]);
    state = run(state, fact("participant-away", {participant_id: "b"}));
    t.equal([state.participants[1].presence, state.awayAt], ["reconnecting", {b: AT}]);
    state = run(state, fact("participant-returned", {participant: participant("b", {generation: 2})}));
    t.equal([state.participants[1].generation, state.awayAt], [2, {}]);
    state = run(
      state,
      {type: "shown", id: "b", shown: {state: "connected", route: "direct", changing: false}},
      {type: "speaking", id: "b", speaking: true},
      fact("participant-left", {participant_id: "b", reason: "left"}),
    );
    t.equal([state.participants.length, state.peers, state.paths, state.speaking], [1, {}, {}, {}]);
    t.equal(state.chat.notes.map(({kind}) => kind), ["self-joined", "joined", "left"]);
  },

  "tracks change and go": async (t) => {
    const camera = {source: "camera", kind: "video", muted: false};
    let state = run(inRoom(), fact("track-changed", {participant_id: "a", track: camera}));
    state = run(state, fact("track-changed", {participant_id: "a", track: {...camera, muted: true}}));
    t.equal(state.participants[0].tracks, [{...camera, muted: true}]);
    state = run(state, fact("track-removed", {participant_id: "a", source: "camera"}));
    t.equal(state.participants[0].tracks, []);
  },

  "messages stand in the order of their seq, each once": async (t) => {
    const state = run(
      inRoom({chat: [chatMessage(5)], chat_more: true}),
      {type: "stored", message: chatMessage(9)},
      fact("chat-sent", {seq: 8, message: chatMessage(8)}),
      fact("chat-sent", {seq: 9, message: chatMessage(9)}),
      {type: "older", messages: [chatMessage(2), chatMessage(3)], more: false},
      {type: "filled", messages: [chatMessage(5), chatMessage(6)]},
    );
    t.equal([seqs(state), state.chat.more], [[2, 3, 5, 6, 8, 9], false]);
  },

  "a stored message is no longer on its way": async (t) => {
    const pending = [{client_id: "mine", text: "hello", failed: null}];
    const state = run(
      inRoom(),
      {type: "pending", pending},
      fact("chat-sent", {seq: 2, message: chatMessage(2, {client_id: "mine"})}),
    );
    t.equal(state.chat.pending, []);
  },

  "messages of others count as unread until the chat is open": async (t) => {
    const say = (seq, from) => fact("chat-sent", {seq, message: chatMessage(seq, {from})});
    let state = run(inRoom(), say(2, "b"), say(3, "a"), say(4, "b"));
    t.equal(state.chat.unread, 2);
    state = run(state, {type: "panel", panel: "chat"}, say(5, "b"));
    t.equal(state.chat.unread, 0);
  },

  "the gap between old messages and a newer page is found": async (t) => {
    const known = [chatMessage(1), chatMessage(4)];
    t.equal(gap(known, [chatMessage(9), chatMessage(10)], true), {after: 4, before: 9});
    t.equal(gap(known, [chatMessage(4), chatMessage(10)], true), null);
    t.equal(gap(known, [chatMessage(9)], false), null);
    t.equal(gap([], [chatMessage(9)], true), null);
  },

  "a lost link remembers when it was lost": async (t) => {
    let state = run(inRoom(), {type: "link", link: "lost", at: 7}, {type: "link", link: "lost", at: 9});
    t.equal([state.link, state.lostAt], ["lost", 7]);
    state = run(state, {type: "link", link: "online", at: 10});
    t.equal(state.lostAt, null);
  },

  "the end keeps what the end page tells": async (t) => {
    const state = run(
      inRoom({participants: [participant("a"), participant("b")]}),
      {type: "device", source: "camera", change: {wanted: false}},
      {type: "ended", reason: "left", at: AT + 61_400},
    );
    t.equal([state.view, state.ended], ["end", {reason: "left", durationS: 61, others: ["Name of b"], direct: true}]);
    t.equal([state.self, state.participants, state.link, state.camera.wanted], [null, [], "idle", false]);
  },

  "a route that changes is the participant's, and the end does not call direct what was not": async (t) => {
    let state = run(
      inRoom({participants: [participant("a"), participant("b")]}),
      fact("route-changed", {participant_id: "b", route: "forwarded", reason: "host"}),
    );
    t.equal([state.participants[1].route, state.participants[1].route_reason], ["forwarded", "host"]);
    state = run(state, {type: "server-path", path: "connected"}, {type: "server-path", path: "idle"});
    t.equal(run(state, {type: "ended", reason: "left", at: AT}).ended.direct, false);
    const tried = run(inRoom({participants: [participant("a")]}), {type: "effects", change: {trying: true}}, {type: "effects", change: {trying: false}});
    t.equal(run(tried, {type: "ended", reason: "left", at: AT}).ended.direct, false, "small pictures are media");
  },

  "bars that did not change draw nothing anew": async (t) => {
    const state = run(inRoom(), {type: "quality", quality: {b: 1}});
    t.ok(run(state, {type: "quality", quality: {b: 1}}) === state);
    t.equal(run(state, {type: "quality", quality: {b: 3}}).quality, {b: 3});
  },

  "a fact that this page does not know changes nothing": async (t) => {
    const state = inRoom();
    t.ok(run(state, fact("something-new", {seq: 2})) === state);
  },
};
