// The connections are stand-ins that the test makes carry something; what is made of that is real.

import {Routes} from "../../web/core/routes.js";
import {FakeClock, participant, settle} from "./fakes.js";

let tracks = 0;
const receiver = () => ({track: {id: `track-${(tracks += 1)}`}});

/** A way on which someone comes: `count` is what its statistics say, a packet of sound for 20 ms. */
const way = (key, clock) => {
  const it = {key, stream: {}, since: clock.now(), audio: receiver(), video: receiver(), silenced: false, uncounted: false, count: {audio: 0, video: 0, asked: 0}};
  it.connection = {
    connectionState: "connected",
    getStats: async () =>
      new Map([
        ["a", {
          type: "inbound-rtp", kind: "audio", trackIdentifier: it.audio.track.id, packetsReceived: it.count.audio,
          ...(it.silenced ? {} : {totalSamplesReceived: it.uncounted ? 0 : it.count.asked * 48, totalSamplesDuration: it.count.asked / 1000}),
          concealedSamples: it.uncounted ? 0 : (it.count.asked - it.count.audio * 20) * 48,
        }],
        ["v", {type: "inbound-rtp", kind: "video", trackIdentifier: it.video.track.id, framesDecoded: it.count.video}],
      ]),
  };
  return it;
};

const both = [
  {source: "microphone", kind: "audio", muted: false},
  {source: "camera", kind: "video", muted: false},
];

const make = (t, options = {}) => {
  const clock = new FakeClock();
  const it = {
    clock, told: [], shown: {}, direct: new Map(), sessions: new Map(), key: "awaited", kept: null,
    wanted: {publication: false, subscription: false}, pairs: new Map(), visible: true, hasMedia: true,
    people: [participant("a"), participant("b", {tracks: both, ...options.b})],
  };
  it.routes = new Routes({
    clock,
    mesh: {
      sync: (roster) => {
        it.pairs = roster.pairs;
        for (const {id} of roster.participants) {
          if (id === "a") continue;
          if (roster.pairs.get(id).wanted && !it.direct.has(id)) it.direct.set(id, way("direct", clock));
          if (!roster.pairs.get(id).wanted) it.direct.delete(id);
        }
      },
      carrier: (id) => it.direct.get(id) ?? null,
      state: (id) => it.direct.get(id)?.connection.connectionState ?? "connecting",
      signallingLost: () => {},
      close: () => {},
    },
    publication: {want: (wanted) => (it.wanted.publication = wanted)},
    subscription: {
      want: (wanted) => {
        if (wanted && !it.wanted.subscription) it.key = "s1";
        if (!wanted) it.sessions.clear();
        it.wanted.subscription = wanted;
      },
      get key() {
        return it.key;
      },
      get state() {
        return "connected";
      },
      carrier: (id, key) => it.sessions.get(`${key} ${id}`) ?? null,
      keep: (keys) => (it.kept = [...keys]),
    },
    isVisible: () => it.visible,
    hasMedia: () => it.hasMedia,
    tell: async (id, route) => {
      it.told.push([id, route]);
      if (it.refuses) throw new Error("busy");
    },
    onShown: (id, shown) => (it.shown[id] = shown),
  });
  t.cleanup(() => it.routes.close());
  it.sync = (entering = false) => it.routes.sync({self: "a", participants: it.people}, {entering});
  it.change = (id, change) => {
    it.people = it.people.map((one) => (one.id === id ? {...one, ...change} : one));
    it.sync();
  };
  it.carry = (id, key = it.key) => {
    const made = way(key, clock);
    it.sessions.set(`${key} ${id}`, made);
    it.routes.changed();
    return made;
  };
  /** Lets time pass while the given ways carry what they are said to. */
  it.flow = async (ms, ...ways) => {
    for (let passed = 0; passed < ms; passed += 60) {
      for (const [carrier, kinds] of ways) {
        carrier.count.asked += 60;
        for (const kind of kinds) carrier.count[kind] += 3;
      }
      await clock.advance(60);
      for (let n = 0; n < 4; n += 1) await settle();
    }
  };
  it.parts = (id) => it.routes.media(id).map(({key, part}) => [key, part]);
  it.sync(true);
  return it;
};
const SEEN = ["audio", "video"];

export default {
  "the new way is shown when its picture and sound are there, and told when the old one is let go": async (t) => {
    const it = make(t);
    const old = it.direct.get("b");
    it.change("b", {route: "forwarded"});
    t.equal([it.wanted.subscription, it.routes.route("b")], [true, "direct"]);
    const fresh = it.carry("b");
    await it.flow(2_000, [old, SEEN], [fresh, ["audio"]]);
    t.equal([it.routes.route("b"), it.parts("b")], ["direct", [["s1", "coming"], ["direct", "shown"]]]);
    await it.flow(300, [old, SEEN], [fresh, SEEN]);
    t.equal([it.routes.route("b"), it.parts("b")], ["forwarded", [["s1", "shown"], ["direct", "held"]]]);
    t.equal([it.told, it.pairs.get("b")], [[], {wanted: true, sends: true}]);
    await it.flow(500, [fresh, SEEN]);
    t.equal([it.told, it.parts("b")], [[["b", "forwarded"]], [["s1", "shown"]]]);
  },

  "one connection of the mesh is enough for two of whom one is direct, and none for two who are not": async (t) => {
    const it = make(t);
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    await it.flow(1_500, [fresh, SEEN]);
    t.equal(it.pairs.get("b"), {wanted: true, sends: true}, "ours goes directly");
    it.change("a", {route: "forwarded"});
    t.ok(it.wanted.publication);
    t.equal(it.pairs.get("b"), {wanted: true, sends: true}, "b still takes ours directly");
    it.routes.taken("b", "forwarded");
    await settle();
    t.equal(it.pairs.get("b"), {wanted: false, sends: false});
  },

  "back to direct: the connection is there first, the way through the server ends last": async (t) => {
    const it = make(t, {b: {route: "forwarded"}});
    it.change("a", {route: "forwarded"});
    it.routes.taken("b", "forwarded");
    const old = it.carry("b");
    await it.flow(500, [old, SEEN]);
    t.equal([it.pairs.get("b").wanted, it.parts("b"), it.told], [false, [["s1", "shown"]], []]);
    it.change("a", {route: "direct"});
    it.change("b", {route: "direct"});
    const direct = it.direct.get("b");
    t.equal([it.pairs.get("b"), it.parts("b")], [{wanted: true, sends: true}, [["direct", "coming"], ["s1", "shown"]]]);
    await it.flow(1_000, [old, SEEN], [direct, SEEN]);
    t.equal([it.routes.route("b"), it.told, it.wanted], ["direct", [["b", "direct"]], {publication: true, subscription: false}]);
    it.routes.taken("b", "direct");
    await settle();
    t.equal(it.wanted, {publication: false, subscription: false});
  },

  "who is here and does not say that they took the direct way is not sent to for ever": async (t) => {
    const it = make(t, {b: {route: "forwarded"}});
    it.change("a", {route: "forwarded"});
    it.routes.taken("b", "forwarded");
    it.change("a", {route: "direct"});
    await it.flow(9_900);
    t.ok(it.wanted.publication);
    await it.flow(200);
    t.ok(!it.wanted.publication);
  },

  "a change that is taken back in the middle leaves everything as it was": async (t) => {
    const it = make(t);
    const old = it.direct.get("b");
    it.change("b", {route: "forwarded"});
    it.carry("b");
    await it.flow(200, [old, SEEN]);
    it.change("b", {route: "direct"});
    await it.flow(3_000, [old, SEEN]);
    t.equal([it.routes.route("b"), it.told, it.wanted.subscription], ["direct", [], false]);
    t.ok(it.direct.get("b") === old);
  },

  "a change that is taken back after it was told is a change like any other": async (t) => {
    const it = make(t);
    const old = it.direct.get("b");
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    await it.flow(1_500, [old, SEEN], [fresh, SEEN]);
    it.change("b", {route: "direct"});
    await it.flow(2_000, [fresh, SEEN]);
    t.equal(it.routes.route("b"), "forwarded", "nothing has come on the way back yet");
    await it.flow(1_500, [fresh, SEEN], [it.direct.get("b"), SEEN]);
    t.equal([it.routes.route("b"), it.told], ["direct", [["b", "forwarded"], ["b", "direct"]]]);
  },

  "what came before one waited does not count": async (t) => {
    const it = make(t);
    const old = it.direct.get("b");
    it.change("b", {route: "forwarded"});
    const fresh = way("s1", it.clock);
    fresh.count = {audio: 900, video: 900, asked: 18_000};
    it.sessions.set("s1 b", fresh);
    await it.flow(3_000, [old, SEEN]);
    t.equal(it.routes.route("b"), "direct");
  },

  "only what someone sends is waited for": async (t) => {
    for (const [sends, comes] of [[["microphone"], ["audio"]], [["camera"], ["video"]], [[], []]]) {
      const it = make(t, {b: {tracks: both.map((track) => ({...track, muted: !sends.includes(track.source)}))}});
      it.change("b", {route: "forwarded"});
      await it.flow(1_000);
      t.equal(it.routes.route("b"), "direct", "there is no way yet");
      await it.flow(500, [it.carry("b"), comes]);
      t.equal(it.routes.route("b"), "forwarded", `${sends}`);
    }
  },

  "who has nothing to send changes at once": async (t) => {
    const it = make(t, {b: {tracks: []}});
    it.change("b", {route: "forwarded"});
    await it.flow(200);
    t.equal([it.routes.route("b"), it.shown.b.state], ["forwarded", "connected"]);
  },

  "the picture of someone who is not on the screen does not come, and is not waited for": async (t) => {
    const it = make(t);
    it.visible = false;
    it.change("b", {route: "forwarded"});
    await it.flow(1_000, [it.carry("b"), ["audio"]]);
    t.equal(it.routes.route("b"), "forwarded");
  },

  "a camera that stands still holds no change up for ever, and one that does not, does": async (t) => {
    const it = make(t, {b: {tracks: both.map((track) => ({...track, muted: track.source === "microphone"}))}});
    const old = it.direct.get("b");
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    await it.flow(20_000, [old, ["video"]], [fresh, []]);
    t.equal(it.routes.route("b"), "direct", "something would be lost");
    await it.flow(2_000, [old, []], [fresh, []]);
    t.equal(it.routes.route("b"), "direct", "it may go on in a moment");
    await it.flow(4_000, [old, []], [fresh, []]);
    t.equal(it.routes.route("b"), "forwarded");
    await it.flow(1_000);
    t.equal(it.told, [["b", "forwarded"]]);
  },

  "what is shown again is held for its own time": async (t) => {
    const it = make(t);
    const old = it.direct.get("b");
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    await it.flow(600, [old, SEEN], [fresh, SEEN]);
    t.equal(it.routes.route("b"), "forwarded");
    it.change("b", {route: "direct"});
    await it.flow(360, [old, SEEN], [fresh, SEEN]);
    t.equal(it.parts("b"), [["direct", "shown"], ["s1", "held"]]);
    await it.flow(240, [old, SEEN], [fresh, SEEN]);
    t.equal(it.parts("b"), [["direct", "shown"], ["s1", "held"]], "the first change would have ended by now");
    await it.flow(400, [old, SEEN], [fresh, SEEN]);
    t.equal(it.parts("b"), [["direct", "shown"]]);
  },

  "what the server did not hear is told once more": async (t) => {
    const it = make(t, {b: {tracks: []}});
    it.refuses = true;
    it.change("b", {route: "forwarded"});
    await it.flow(1_000);
    t.equal(it.told.length, 1);
    it.refuses = false;
    await it.flow(2_000);
    t.equal(it.told, [["b", "forwarded"], ["b", "forwarded"]]);
    await it.flow(5_000);
    t.equal(it.told.length, 2);
  },

  "where the old way is dead, anything on the new one is better": async (t) => {
    const it = make(t);
    it.direct.get("b").connection.connectionState = "failed";
    it.change("b", {route: "forwarded"});
    await it.flow(1_000, [it.carry("b"), ["audio"]]);
    t.equal(it.routes.route("b"), "forwarded");
  },

  "sound that comes and cannot be played yet is no sound": async (t) => {
    const it = make(t, {b: {tracks: both.slice(0, 1)}});
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    for (let n = 0; n < 20; n += 1) {
      fresh.count.asked += 60; // more is asked for than comes
      await it.flow(60, [fresh, []]);
    }
    t.equal(it.routes.route("b"), "direct");
    await it.flow(600, [fresh, ["audio"]]);
    t.equal(it.routes.route("b"), "forwarded");
  },

  "sound is heard although a first count had its length already, and none of its samples yet": async (t) => {
    const it = make(t, {b: {tracks: both.slice(0, 1)}});
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    fresh.uncounted = true;
    await it.flow(240, [fresh, []]);
    fresh.uncounted = false;
    await it.flow(600, [fresh, ["audio"]]);
    t.equal(it.routes.route("b"), "forwarded");
  },

  "where the browser keeps sound off, it is enough that it comes": async (t) => {
    const it = make(t, {b: {tracks: both.slice(0, 1)}});
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    fresh.silenced = true;
    await it.flow(1_200, [fresh, ["audio"]]);
    t.equal(it.routes.route("b"), "forwarded");
  },

  "a part that never comes does not hold the change up for ever": async (t) => {
    const it = make(t);
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    await it.flow(7_500, [fresh, ["audio"]]);
    t.equal(it.routes.route("b"), "direct");
    await it.flow(1_500, [fresh, ["audio"]]);
    t.equal(it.routes.route("b"), "forwarded");
  },

  "who comes in finds what is there and needs no change": async (t) => {
    const it = make(t, {b: {route: "forwarded"}});
    t.equal([it.wanted.subscription, it.pairs.get("b")], [true, {wanted: true, sends: true}]);
    it.carry("b");
    await settle();
    t.equal([it.parts("b"), it.told], [[["s1", "shown"]], []]);
  },

  "another session of the server replaces the first when it shows": async (t) => {
    const it = make(t, {b: {route: "forwarded"}});
    const first = it.carry("b");
    await it.flow(300, [first, SEEN]);
    it.key = "s2";
    const second = it.carry("b", "s2");
    await it.flow(200, [first, SEEN]);
    t.equal([it.parts("b"), it.kept], [[["s2", "coming"], ["s1", "shown"]], ["s2", "s1"]]);
    await it.flow(1_500, [first, SEEN], [second, SEEN]);
    t.equal([it.parts("b"), it.kept, it.told], [[["s2", "shown"]], ["s2"], []]);
  },

  "who was away when we told hears it when they are back, and so do all when we are": async (t) => {
    const it = make(t);
    it.change("b", {presence: "reconnecting"});
    it.change("b", {route: "forwarded"});
    const fresh = it.carry("b");
    await it.flow(1_500, [fresh, SEEN]);
    t.equal([it.routes.route("b"), it.told], ["forwarded", []]);
    it.change("b", {presence: "here"});
    t.equal(it.told, [["b", "forwarded"]]);
    it.change("b", {presence: "reconnecting"});
    it.change("b", {presence: "here"});
    it.sync(true);
    t.equal(it.told.length, 3);
  },

  "a room that was never anything but direct is told nothing": async (t) => {
    const it = make(t);
    it.change("b", {presence: "reconnecting"});
    it.change("b", {presence: "here"});
    it.sync(true);
    await it.flow(1_000, [it.direct.get("b"), SEEN]);
    t.equal([it.told, it.wanted], [[], {publication: false, subscription: false}]);
  },

  "a page that was loaded anew begins with the way of now": async (t) => {
    const it = make(t);
    it.change("b", {route: "forwarded"});
    it.change("b", {generation: 2});
    t.equal([it.routes.route("b"), it.told], ["forwarded", []]);
  },

  "who has nothing to send publishes nothing, until they have": async (t) => {
    const it = make(t);
    it.hasMedia = false;
    it.change("a", {route: "forwarded"});
    t.ok(!it.wanted.publication);
    it.hasMedia = true;
    it.routes.changed();
    await settle();
    t.ok(it.wanted.publication);
  },

  "who left leaves nothing behind": async (t) => {
    const it = make(t);
    it.change("b", {route: "forwarded"});
    it.carry("b");
    it.people = it.people.slice(0, 1);
    it.sync();
    t.equal([it.shown.b, it.parts("b"), it.wanted.subscription], [null, [], false]);
    await it.flow(200);
    t.equal(it.clock.waiting, 0);
  },
};
