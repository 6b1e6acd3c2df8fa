import {Signalling} from "../../web/core/signalling.js";
import {FakeClock, FakeSocket, settle, snapshot} from "./fakes.js";

const make = () => {
  const it = {clock: new FakeClock(), sockets: [], log: [], entered: [], facts: [], direct: [], renewed: [], doubts: []};
  it.signalling = new Signalling({
    openSocket: (events, {doubtful}) => {
      it.doubts.push(doubtful);
      it.sockets.push(new FakeSocket(events));
      return it.sockets.at(-1);
    },
    describeSelf: () => ({room: "room", name: "Ana", host_key: null, tracks: [{source: "camera", muted: false}]}),
    clock: it.clock,
    random: () => 1,
    events: {
      link: (link) => it.log.push(link),
      entered: (answer) => it.entered.push(answer),
      fact: (name, data) => it.facts.push([name, data.seq]),
      direct: (name, data) => it.direct.push([name, data]),
      renewed: (token, iceServers) => it.renewed.push([token, iceServers]),
      ended: (code) => it.log.push(`ended: ${code}`),
    },
  });
  it.socket = () => it.sockets.at(-1);
  return it;
};

const joined = async (answer = snapshot()) => {
  const it = make();
  const joining = it.signalling.join();
  it.socket().open();
  it.socket().answer({ok: answer});
  await joining;
  return it;
};

/** Lets the next attempt happen and answers what it asks. */
const comeBack = async (it, answer) => {
  await it.clock.advance(2_000);
  it.socket().open();
  const request = it.socket().answer(answer);
  await settle();
  return request;
};

const missed = (change = {}) => ({
  kind: "missed",
  facts: [],
  permissions: [],
  ice_servers: [],
  token: "token-2",
  resume_grace_s: 120,
  seq: 1,
  ...change,
});

export default {
  "joining says who we are and what we bring": async (t) => {
    const it = await joined();
    t.equal(it.sockets[0].requests[0].name, "join");
    t.equal(it.sockets[0].requests[0].data, {
      room: "room",
      name: "Ana",
      host_key: null,
      tracks: [{source: "camera", muted: false}],
    });
    t.equal(it.log, ["joining", "online"]);
  },

  "a refused join is told with the server's code": async (t) => {
    const it = make();
    const joining = it.signalling.join();
    it.socket().open();
    it.socket().answer({error: {code: "room-full", message: "The room is full."}});
    await t.rejects(joining, "room-full");
    t.equal(it.log, ["joining", "idle"]);
    t.ok(it.socket().closed);
  },

  "a server that cannot be reached is given up after ten seconds": async (t) => {
    const it = make();
    const joining = t.rejects(it.signalling.join(), "unreachable");
    for (let n = 0; n < 20; n += 1) {
      if (!it.socket().closed) it.socket().cut();
      await it.clock.advance(1_000);
    }
    await joining;
    t.equal(it.clock.waiting, 0);
  },

  "only a server that was not there is asked before it is connected to": async (t) => {
    const it = await joined();
    it.socket().cut();
    await comeBack(it, {ok: missed()});
    t.equal(it.doubts, [false, true]);
  },

  "a lost connection comes back with the newest token and the last seq": async (t) => {
    const it = await joined();
    it.socket().fact("token-renewed", {token: "token-9", ice_servers: [{urls: ["turn:t"]}]});
    t.equal(it.renewed.at(-1), ["token-9", [{urls: ["turn:t"]}]]);
    it.socket().fact("track-removed", {seq: 2});
    it.socket().cut();
    const request = await comeBack(it, {ok: missed({seq: 2})});
    t.equal([request.name, request.data], ["resume", {token: "token-9", since: 2, fresh: false, tracks: null}]);
    t.equal(it.log, ["joining", "online", "lost", "online"]);
  },

  "a page that was loaded anew says so once": async (t) => {
    const it = make();
    const resuming = it.signalling.resume("old");
    it.socket().open();
    const first = it.socket().answer({ok: snapshot()});
    await resuming;
    t.equal([first.name, first.data.fresh, first.data.tracks.length], ["resume", true, 1]);
    it.socket().cut();
    const second = await comeBack(it, {ok: missed()});
    t.equal(second.data.fresh, false);
  },

  "attempts follow each other faster at first, and never more than two seconds apart": async (t) => {
    const it = await joined();
    const waits = [];
    for (let n = 0; n < 6; n += 1) {
      const count = it.sockets.length;
      const began = it.clock.now();
      it.socket().cut();
      while (it.sockets.length === count) await it.clock.advance(50);
      waits.push(it.clock.now() - began);
    }
    t.equal(waits, [250, 500, 1000, 2000, 2000, 2000]);
  },

  "a server that comes back after sixty seconds is met within two": async (t) => {
    const it = await joined();
    it.socket().cut();
    for (let n = 0; n < 600; n += 1) {
      await it.clock.advance(100);
      if (!it.socket().closed) it.socket().cut();
    }
    const count = it.sockets.length;
    await it.clock.advance(2_000);
    t.equal(it.sockets.length, count + 1);
  },

  "facts are given on in order and once": async (t) => {
    const it = await joined();
    for (const seq of [2, 3, 3, 2, 4]) it.socket().fact("chat-sent", {seq});
    t.equal(it.facts, [["chat-sent", 2], ["chat-sent", 3], ["chat-sent", 4]]);
  },

  "a gap in the facts is filled by coming back": async (t) => {
    const it = await joined();
    it.socket().fact("chat-sent", {seq: 2});
    it.socket().fact("chat-sent", {seq: 4});
    t.equal(it.facts, [["chat-sent", 2]]);
    t.ok(it.sockets[0].closed);
    const request = await comeBack(it, {ok: missed({seq: 4, facts: [{name: "chat-sent", data: {seq: 3}}]})});
    t.equal(request.data.since, 2);
    it.socket().fact("chat-sent", {seq: 5});
    t.equal(it.facts.at(-1), ["chat-sent", 5]);
  },

  "facts that come before the answer to join are kept": async (t) => {
    const it = make();
    const joining = it.signalling.join();
    it.socket().open();
    it.socket().fact("participant-joined", {seq: 7});
    it.socket().fact("participant-joined", {seq: 8});
    it.socket().fact("description-sent", {from: "b"});
    it.socket().answer({ok: snapshot({seq: 7})});
    await joining;
    t.equal(it.facts, [["participant-joined", 8]]);
    t.equal(it.direct.length, 1);
  },

  "what a socket says after it was given up is not heard": async (t) => {
    const it = await joined();
    const [old] = it.sockets;
    old.fact("chat-sent", {seq: 9});
    old.fact("chat-sent", {seq: 2});
    old.cut();
    t.equal(it.facts, []);
    await comeBack(it, {ok: missed()});
    t.equal(it.sockets.length, 2);
  },

  "an expired token means joining anew under the same name": async (t) => {
    for (const code of ["token-expired", "token-invalid", "room-not-found"]) {
      const it = await joined();
      it.socket().cut();
      await comeBack(it, {error: {code, message: ""}});
      const request = await comeBack(it, {ok: snapshot({self: "z"})});
      t.equal([request.name, request.data.name], ["join", "Ana"]);
      t.equal(it.entered.at(-1).self, "z");
    }
  },

  "a room that is gone ends the call": async (t) => {
    const it = await joined();
    it.socket().cut();
    await comeBack(it, {error: {code: "room-not-found", message: ""}});
    await comeBack(it, {error: {code: "room-not-found", message: ""}});
    t.equal(it.log.slice(-2), ["idle", "ended: room-not-found"]);
    t.equal(it.clock.waiting, 0);
  },

  "a superseded page ends and does not come back": async (t) => {
    const it = await joined();
    it.socket().fact("session-ended", {code: "superseded", message: ""});
    await it.clock.advance(60_000);
    t.equal([it.log.at(-1), it.sockets.length], ["ended: superseded", 1]);
  },

  "a page that was too slow comes back": async (t) => {
    const it = await joined();
    it.socket().fact("session-ended", {code: "too-slow", message: ""});
    await comeBack(it, {ok: missed()});
    t.equal(it.log.at(-1), "online");
  },

  "a request is refused while the connection is lost, and those without answer are too": async (t) => {
    const it = await joined();
    const open = it.signalling.request("send-chat", {});
    it.socket().cut();
    await t.rejects(open, "offline");
    await t.rejects(it.signalling.request("send-chat", {}), "offline");
  },

  "a server that does not answer in ten seconds is left for a new connection": async (t) => {
    const it = await joined();
    const open = it.signalling.request("send-chat", {});
    const refused = t.rejects(open, "offline");
    await it.clock.advance(10_000);
    await refused;
    t.ok(it.sockets[0].closed);
    await comeBack(it, {ok: missed()});
    t.equal(it.log.at(-1), "online");
  },

  "no more than sixteen requests are on the way, in order": async (t) => {
    const it = await joined();
    const done = [];
    for (let n = 0; n < 40; n += 1) it.signalling.request("set-track", {n}).then(() => done.push(n));
    const sent = () => it.socket().requests.filter(({name}) => name === "set-track");
    t.equal(sent().length, 16);
    for (let n = 0; n < 40; n += 1) it.socket().answer({ok: {}});
    await settle();
    t.equal(sent().map(({data}) => data.n), [...Array(40).keys()]);
    t.equal(done, [...Array(40).keys()]);
  },

  "rate-limited requests are sent again after the time that the server asked for": async (t) => {
    const it = await joined();
    const first = it.signalling.request("set-track", {n: 1});
    it.signalling.request("set-track", {n: 2}).catch(() => {});
    it.socket().answer({error: {code: "rate-limited", message: "", retry_after_s: 3}});
    it.socket().answer({error: {code: "rate-limited", message: "", retry_after_s: 3}});
    await it.clock.advance(2_999);
    t.equal(it.socket().requests.length, 3);
    await it.clock.advance(1);
    t.equal(it.socket().requests.slice(3).map(({data}) => data.n), [1, 2]);
    it.socket().answer({ok: {done: true}});
    t.equal(await first, {done: true});
  },

  "leaving says so and hears nothing more": async (t) => {
    const it = await joined();
    const [socket] = it.sockets;
    const leaving = it.signalling.leave();
    socket.fact("participant-joined", {seq: 2});
    t.equal([socket.requests.at(-1).name, socket.closed], ["leave", false]);
    socket.answer({ok: {}});
    await leaving;
    t.equal([socket.closed, it.facts, it.log.at(-1), it.clock.waiting], [true, [], "idle", 0]);
  },

  "leaving does not wait for a server that does not answer": async (t) => {
    const it = await joined();
    const leaving = it.signalling.leave();
    await it.clock.advance(2_000);
    await leaving;
    t.ok(it.sockets[0].closed);
  },

  "trying now does not wait for the end of the pause": async (t) => {
    const it = await joined();
    it.socket().cut();
    it.signalling.tryNow();
    it.signalling.tryNow();
    t.equal(it.sockets.length, 2);
  },

  "a changed network finds out that a silent connection is dead": async (t) => {
    const it = await joined();
    it.signalling.probe();
    await it.clock.advance(10_000);
    t.ok(it.sockets[0].closed);
  },
};
