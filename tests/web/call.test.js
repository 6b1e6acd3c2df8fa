import {Call} from "../../web/core/call.js";
import {Store} from "../../web/core/store.js";
import {chatMessage, FakeClock, fakeKeeper, FakeSocket, participant, settle, snapshot} from "./fakes.js";

const make = (t, storage = fakeKeeper()) => {
  const it = {store: new Store(), clock: new FakeClock(), sockets: [], ended: [], sessions: [], weak: 0};
  it.call = new Call({
    state: it.store.state,
    dispatch: it.store.dispatch,
    local: {stream: new MediaStream(), track: (source) => it.devices?.[source] ?? null},
    clock: it.clock,
    openSocket: (events) => {
      it.sockets.push(new FakeSocket(events));
      return it.sockets.at(-1);
    },
    onSession: () => it.sessions.push(it.call.session()),
    onEnded: (reason) => it.ended.push(reason),
    onWeak: () => (it.weak += 1),
    storage,
  });
  t.cleanup(() => it.call.close());
  it.store.dispatch({type: "opened", view: "lobby", roomId: "room"});
  it.store.dispatch({type: "name", name: " Ana "});
  for (const source of ["microphone", "camera"]) it.store.dispatch({type: "device", source, change: {live: true}});
  it.socket = () => it.sockets.at(-1);
  it.asked = (name) => it.socket().requests.filter((request) => request.name === name).map(({data}) => data);
  it.answer = async (ok) => {
    it.socket().answer({ok});
    for (let n = 0; n < 5; n += 1) await settle();
  };
  it.chat = () => it.store.state().chat;
  return it;
};

const off = {video: [], audio: [], shown: false};
const tracks = [
  {source: "microphone", kind: "audio", muted: false},
  {source: "camera", kind: "video", muted: false},
];
const welcome = (change = {}) => snapshot({participants: [participant("a", {tracks})], ...change});

const joined = async (t, change = {}, storage = undefined) => {
  const it = make(t, storage);
  const joining = it.call.join("key");
  it.socket().open();
  await it.answer(welcome(change));
  await joining;
  return it;
};

/** The server restarts, and answers the resume with what it still has. */
const comeBack = async (it, answer) => {
  it.socket().cut();
  await it.clock.advance(2_000);
  it.socket().open();
  await it.answer(answer);
};

const messages = (from, to) => Array.from({length: to - from + 1}, (_, n) => chatMessage(from + n));
const EDGES = {
  name: "edges", title: "Edges", kind: "video", category: "look", description: "", private: false, origin: "built-in",
  file: null, broken: false, params: [],
};
const BLUR = {...EDGES, name: "blur", private: true};
const BLURRED = {video: [{id: "1", filter: "blur", title: "Blur", params: {}}], audio: [], shown: true};

const answerAll = async (it, name, ok) => {
  for (const request of it.socket().requests) {
    if (request.name !== name || request.done) continue;
    request.done = true;
    request.answered({ok});
  }
  for (let n = 0; n < 5; n += 1) await settle();
};
/** A call in which we show a blurred camera: what the others and the server get of it from then on. */
const hidden = async (t, storage) => {
  const camera = {kind: "video"};
  const it = await joined(t, {}, storage);
  it.devices = {camera};
  const [mesh, server] = [[], []];
  it.call.mesh.setTrack = async (source, track) => mesh.push(track);
  it.call.forwarding.setTrack = async (source, track) => server.push(track);
  it.call.studio.list();
  await answerAll(it, "list-filters", {filters: [EDGES, BLUR]});
  it.call.studio.toggle(BLUR);
  const preview = {...BLURRED, shown: false, video: [{...BLURRED.video[0], id: it.asked("set-effects")[0].video[0].id}]};
  await answerAll(it, "set-effects", {effects: preview});
  await it.clock.advance(200);
  it.call.studio.show(true);
  await answerAll(it, "set-effects", {effects: {...preview, shown: true}});
  await it.clock.advance(200);
  return {it, camera, mesh, server};
};
const seqs = (it) => it.chat().messages.map(({seq}) => seq);
const range = (from, to) => messages(from, to).map(({seq}) => seq);

export default {
  "joining brings the page into the call": async (t) => {
    const it = await joined(t);
    t.equal(it.asked("join"), [
      {room: "room", name: "Ana", host_key: "key", tracks: tracks.map(({source, muted}) => ({source, muted}))},
    ]);
    t.equal([it.store.state().view, it.store.state().link], ["call", "online"]);
    t.equal([it.sessions.at(-1).token, it.sessions.at(-1).self], ["token-1", "a"]);
  },

  "chat that a page missed is fetched until nothing is missing": async (t) => {
    const it = await joined(t, {seq: 3, chat: messages(1, 3)});
    await comeBack(it, welcome({seq: 600, chat: messages(501, 600), chat_more: true}));
    t.equal(it.asked("fetch-chat"), [{after: 3, limit: 200}]);
    await it.answer({messages: messages(4, 203), more: true});
    await it.answer({messages: messages(204, 403), more: true});
    await it.answer({messages: messages(404, 600), more: false});
    t.equal(seqs(it), range(1, 600));
    t.equal(it.asked("fetch-chat").map(({after}) => after), [3, 203, 403]);
  },

  "what the server kept for us is taken over fact by fact": async (t) => {
    const it = await joined(t);
    const facts = [
      {name: "chat-sent", data: {seq: 2, message: chatMessage(2, {from: "b"})}},
      {name: "room-updated", data: {seq: 3, room: {id: "room", title: "Renamed", capacity: 25}}},
    ];
    const answer = {kind: "missed", facts, permissions: [], ice_servers: [], token: "token-2", resume_grace_s: 1, seq: 3, forwarding: true, effects: off};
    await comeBack(it, answer);
    t.equal([seqs(it), it.store.state().room.title, it.call.session().token], [[2], "Renamed", "token-2"]);
  },

  "a message that was written while the server was away is sent when it is back": async (t) => {
    const it = await joined(t);
    it.socket().cut();
    t.ok(it.call.sendChat("first"));
    t.ok(it.call.sendChat("second"));
    t.equal(it.chat().pending.map(({text}) => text), ["first", "second"]);
    await comeBack(it, welcome());
    const [{client_id}] = it.asked("send-chat");
    await it.answer({message: chatMessage(2, {client_id, text: "first"})});
    t.equal([seqs(it), it.chat().pending.map(({text}) => text)], [[2], ["second"]]);
    t.equal(it.asked("send-chat").map(({text}) => text), ["first", "second"]);
  },

  "a message whose answer was lost is not sent when history has it": async (t) => {
    const it = await joined(t);
    it.call.sendChat("once");
    const [{client_id}] = it.asked("send-chat");
    await comeBack(it, welcome({seq: 2, chat: [chatMessage(2, {client_id, text: "once"})]}));
    t.equal([it.asked("send-chat"), it.chat().pending, seqs(it)], [[], [], [2]]);
  },

  "what changed on our devices while the server was away is said when it is back": async (t) => {
    const it = await joined(t);
    it.socket().cut();
    it.store.dispatch({type: "device", source: "microphone", change: {live: false}});
    it.call.devicesChanged();
    await comeBack(it, welcome());
    t.equal(it.asked("set-track"), [{source: "microphone", muted: true}]);
  },

  "a lost server leaves the peers alone, and the state says since when": async (t) => {
    const it = await joined(t, {participants: [participant("a", {tracks}), participant("b")]});
    const [[, peer]] = it.call.mesh.peers();
    const {connection} = peer;
    it.socket().cut();
    t.equal([it.store.state().link, it.store.state().lostAt], ["lost", it.clock.now()]);
    for (let n = 0; n < 30; n += 1) {
      await it.clock.advance(2_000);
      if (!it.socket().closed) it.socket().cut();
    }
    const [[id, still]] = it.call.mesh.peers();
    t.ok(id === "b" && still === peer && still.connection === connection);
    t.ok(connection.connectionState !== "closed");
  },

  "a page that was superseded ends": async (t) => {
    const it = await joined(t);
    it.socket().fact("session-ended", {code: "superseded", message: ""});
    t.equal([it.ended, it.socket().closed], [["superseded"], true]);
  },

  "leaving closes every peer and forgets the token": async (t) => {
    const it = await joined(t, {participants: [participant("a", {tracks}), participant("b")]});
    const [[, {connection}]] = it.call.mesh.peers();
    const leaving = it.call.leave();
    t.equal([connection.connectionState, it.call.session()], ["closed", null]);
    it.socket().requests.at(-1).answered({ok: {}});
    await leaving;
    t.equal(it.socket().requests.at(-1).name, "leave");
  },

  "the host says how media shall travel": async (t) => {
    const it = await joined(t);
    const chosen = it.call.chooseMedia("forwarded");
    t.equal(it.asked("update-room"), [{media: "forwarded"}]);
    await it.answer({room: {id: "room", title: "Title", capacity: 25, media: "forwarded"}});
    await chosen;
    t.equal(it.store.state().room.media, "forwarded");
  },

  "a route that changes makes what it needs, and the state says which way is shown": async (t) => {
    const it = await joined(t, {participants: [participant("a", {tracks}), participant("b", {tracks})]});
    const changed = (id, seq) =>
      it.socket().fact("route-changed", {seq, participant_id: id, route: "forwarded", reason: "host"});
    changed("b", 2);
    t.equal([it.asked("subscribe").length, it.asked("publish").length], [1, 0]);
    changed("a", 3);
    await t.eventually(() => it.asked("publish").length === 1);
    await settle();
    t.equal([it.store.state().paths.b.route, it.store.state().serverPath], ["direct", "connecting"]);
    t.equal([...it.call.mesh.peers()].length, 1, "nothing is let go before the new way plays");
  },

  "somebody who cannot be reached directly is reported, where the server forwards": async (t) => {
    for (const forwarding of [true, false]) {
      const it = await joined(t, {participants: [participant("a", {tracks}), participant("b")], forwarding});
      const answer = {from: "b", generation: 1, type: "answer", sdp: "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"};
      it.socket().fact("description-sent", answer);
      await it.clock.advance(8_000);
      t.equal(it.asked("report-unreachable"), forwarding ? [{participant_id: "b"}] : []);
    }
  },

  "who speaks among those who come by the server is in the state": async (t) => {
    const it = await joined(t, {participants: [participant("a", {tracks}), participant("b", {route: "forwarded"})]});
    await settle();
    it.socket().fact("speaker-changed", {participant_id: "b"});
    t.equal(it.store.state().activeSpeaker, "b");
  },

  "with an effect of ours, the page sends to the server and gets its own picture, shown or not": async (t) => {
    const it = await joined(t);
    t.equal([it.asked("publish").length, it.asked("subscribe").length], [0, 0]);
    it.call.studio.toggle(EDGES);
    await it.clock.advance(0);
    t.equal(it.asked("set-effects").map(({shown}) => shown), [false]);
    await t.eventually(() => it.asked("publish").length === 1 && it.asked("subscribe").length === 1);
    const saved = {video: [{id: "1", filter: "edges", title: "Edges", params: {}}], audio: [], shown: false};
    await answerAll(it, "set-effects", {effects: saved});
    await it.clock.advance(200);
    it.call.studio.clear();
    t.equal(it.asked("unpublish").length, 0, "the server still works for us");
    await answerAll(it, "set-effects", {effects: off});
    await t.eventually(() => it.asked("unpublish").length === 1 && it.asked("unsubscribe").length === 1);
  },

  "an effect that hides something is shown to nobody before the bare camera has stopped": async (t) => {
    const camera = {kind: "video"};
    const it = await joined(t);
    it.devices = {camera};
    /** Who got what over the mesh, and what the server had been asked for by then. */
    const given = [];
    it.call.mesh.setTrack = async (source, track) => given.push([source, track, it.asked("set-effects").map(({shown}) => shown)]);
    it.call.studio.toggle(BLUR);
    await answerAll(it, "set-effects", {effects: {video: [{id: "1", filter: "blur", title: "Blur", params: {}}], audio: [], shown: false}});
    await it.clock.advance(200);
    t.equal(given, []);
    it.call.studio.show(true);
    t.equal(given, [["camera", null, [false]]]);
    await it.call.setTrack("camera", camera);
    t.equal(given.at(-1)[1], null, "another camera is no way around it");
    await it.call.setTrack("microphone", camera);
    t.equal(given.at(-1)[1], camera, "the voice goes on");
    it.call.studio.show(false);
    t.equal(given.at(-1).slice(0, 2), ["camera", camera]);
  },

  "a camera that was hidden stays hidden when the room becomes private, until its owner says otherwise": async (t) => {
    const {it, camera, mesh, server} = await hidden(t);
    t.equal([mesh.at(-1), server], [null, []], "the server goes on making the picture");
    it.socket().fact("effects-set", {effects: off});
    t.equal([mesh, server, it.store.state().effects.held], [[null], [null], true]);
    await settle();
    t.equal(it.asked("set-track").at(-1), {source: "camera", muted: true}, "the others see a camera that is off");
    it.call.studio.toggle(EDGES);
    it.call.studio.undo();
    await it.call.setTrack("camera", camera);
    t.equal([mesh.at(-1), server.at(-1)], [null, null], "neither another choice nor another camera is a way around it");
    it.call.studio.showCamera();
    t.equal([mesh.at(-1), server.at(-1), it.store.state().effects.held], [camera, camera, false]);
    await answerAll(it, "set-effects", {effects: off});
    await answerAll(it, "set-track", {});
    await t.eventually(() => it.asked("set-track").at(-1).muted === false);
  },

  "that somebody wants to be seen again is said to the server, which held the camera back as well": async (t) => {
    const {it} = await hidden(t);
    it.socket().fact("effects-set", {effects: off});
    it.socket().cut();
    it.call.studio.showCamera();
    await it.clock.advance(2_000);
    it.socket().open();
    await it.answer(welcome());
    t.equal(it.asked("set-effects"), [off]);
    await answerAll(it, "set-effects", {effects: off});
    await comeBack(it, welcome());
    t.equal(it.asked("set-effects"), [], "once is enough");
  },

  "a camera of which this browser has no picture yet is off": async (t) => {
    const it = await joined(t);
    it.store.dispatch({type: "local", source: "camera", now: "starting"});
    it.call.devicesChanged();
    await answerAll(it, "set-track", {});
    it.store.dispatch({type: "local", source: "camera", now: "on"});
    it.call.devicesChanged();
    t.equal(it.asked("set-track").map(({muted}) => muted), [true, false]);
  },

  "a server that comes back without the effects gets no camera before it has them again": async (t) => {
    const {it, camera, mesh, server} = await hidden(t);
    await comeBack(it, welcome());
    t.equal([it.asked("set-effects").length, mesh.at(-1), server.at(-1)], [1, null, null]);
    await answerAll(it, "set-effects", {effects: BLURRED});
    t.equal([mesh.at(-1), server.at(-1), it.store.state().effects.held], [null, camera, false]);
  },

  "whoever hid the camera in this tab comes in again with it hidden": async (t) => {
    const storage = fakeKeeper();
    await hidden(t, storage);
    const again = make(t, storage);
    again.devices = {camera: {kind: "video"}};
    const given = [];
    again.call.mesh.setTrack = async (source, track) => given.push(track);
    const joining = again.call.join(null);
    again.socket().open();
    await again.answer(welcome());
    await joining;
    t.equal([given, again.asked("set-effects").map(({shown}) => shown)], [[null], [true]]);
    again.socket().requests.find(({name}) => name === "set-effects").answered({error: {code: "private-room", message: ""}});
    await settle();
    t.equal([given.at(-1), again.store.state().effects.held], [null, true], "and so it stays in a room without effects");
  },
};
