// Real peer connections, one of them in the server's place.

import {systemClock} from "../../web/core/clock.js";
import {Subscription} from "../../web/core/subscription.js";
import {makeLocal} from "./peers.js";
import {inbound, ServerPeer} from "./server-peer.js";

const make = (t) => {
  const server = new ServerPeer(t);
  const made = [];
  const it = {server, made, online: true, subscribed: 0, local: makeLocal(t)};
  it.subscription = new Subscription({
    clock: systemClock,
    connect: () => {
      made.push(new RTCPeerConnection({bundlePolicy: "max-bundle"}));
      return made.at(-1);
    },
    request: server.request,
    maySignal: () => it.online,
    onSubscribed: () => (it.subscribed += 1),
    onChange: () => {},
  });
  t.cleanup(() => it.subscription.close());
  it.session = () => server.asked("subscribe").at(-1).session;
  it.connected = () => it.subscription.connection?.connectionState === "connected";
  it.carrier = (id) => it.subscription.carrier(id, it.subscription.key);
  it.offered = async (streams, number = 1, options = {}) => {
    const {microphone, camera} = it.local.tracks;
    const sdp = await server.offer(options.tracks ?? [microphone, camera], options);
    it.subscription.receive("subscription-offered", {session: it.session(), number, sdp, streams});
  };
  return it;
};
const from = (id, audio, video) => [
  {mid: audio, participant_id: id, source: "microphone"},
  {mid: video, participant_id: id, source: "camera"},
];
const subscribed = async (t, streams = from("b", "0", "1")) => {
  const it = make(t);
  it.subscription.want(true);
  await t.eventually(() => it.subscribed === 1);
  await it.offered(streams);
  await t.eventually(it.connected);
  return it;
};
const kinds = (stream) => stream.getTracks().map(({kind}) => kind).sort();

export default {
  "somebody is received whom the server offers": async (t) => {
    const it = await subscribed(t);
    const [{codecs}] = it.server.asked("subscribe");
    t.ok(codecs.includes("VP8") && codecs.every((name) => ["VP8", "H264", "VP9"].includes(name)), codecs.join());
    const [{number, sdp}] = it.server.asked("answer-subscription");
    t.ok(number === 1 && !sdp.includes("a=candidate:") && /^a=recvonly/m.test(sdp));
    const {stream, audio, video} = it.carrier("b");
    t.equal([kinds(stream), audio.track.kind, video.track.kind], [["audio", "video"], "audio", "video"]);
    await t.eventually(async () => (await inbound(it.subscription.connection, "video")) > 0);
    t.equal(it.carrier("nobody"), null);
  },

  "someone who comes later is added to the same connection": async (t) => {
    const it = await subscribed(t);
    const before = it.carrier("b");
    const {microphone, camera} = it.local.tracks;
    const more = [...from("b", "0", "1"), ...from("c", "2", "3")];
    await it.offered(more, 2, {tracks: [microphone.clone(), camera.clone()], anotherOrigin: true});
    await t.eventually(() => it.carrier("c") && it.server.subscriber.signalingState === "stable");
    t.equal([it.made.length, it.carrier("b").stream === before.stream], [1, true]);
    t.equal(kinds(it.carrier("c").stream), ["audio", "video"]);
  },

  "an m-line carries whom the server says, from when it says so": async (t) => {
    const it = await subscribed(t);
    const before = it.carrier("b");
    it.subscription.receive("streams-changed", {session: it.session(), streams: from("c", "0", "1")});
    await t.eventually(() => it.carrier("c"));
    t.equal([it.carrier("b"), before.stream.getTracks().length > 0], [null, true]);
    t.ok(it.carrier("c").stream !== before.stream && it.carrier("c").video === before.video);
    t.ok(it.carrier("c").since >= before.since);
  },

  "what is said of another session is not for this one": async (t) => {
    const it = await subscribed(t);
    it.subscription.receive("streams-changed", {session: "another", streams: []});
    it.subscription.receive("subscription-lost", {session: "another"});
    t.ok(it.carrier("b") && it.server.asked("subscribe").length === 1);
  },

  "lost at the server, a new session is asked for, and the old one plays until nobody needs it": async (t) => {
    const it = await subscribed(t);
    const old = it.subscription.key;
    it.subscription.receive("subscription-lost", {session: old});
    await t.eventually(() => it.server.asked("subscribe").length === 2);
    t.ok(it.subscription.carrier("b", old) && it.subscription.key !== old);
    await it.offered(from("b", "0", "1"), 1, {anew: true});
    await t.eventually(it.connected);
    t.ok(it.carrier("b").stream !== it.subscription.carrier("b", old).stream);
    it.subscription.keep(new Set([it.subscription.key]));
    t.equal([it.subscription.carrier("b", old), it.made[0].connectionState], [null, "closed"]);
    t.equal(it.made[1].connectionState, "connected");
  },

  "after the server was out of reach it is asked to say again what it said": async (t) => {
    const it = await subscribed(t);
    it.subscription.signallingBack();
    await t.eventually(() => it.server.asked("subscribe").length === 2);
    const [first, second] = it.server.asked("subscribe").map(({session}) => session);
    t.equal([first === second, it.made.length], [true, 1]);
    await it.offered(from("b", "0", "1"), 1, {anew: true});
    await t.eventually(() => it.made.length === 2 && it.connected());
    t.equal(it.made[0].connectionState, "closed", "the server began anew, and so did we");
  },

  "unwanted, it is closed and the server hears of it": async (t) => {
    const it = await subscribed(t);
    const session = it.session();
    it.subscription.want(false);
    t.equal([it.made[0].connectionState, it.subscription.connection], ["closed", null]);
    t.equal(it.server.asked("unsubscribe"), [{session}]);
    it.subscription.want(true);
    await t.eventually(() => it.server.asked("subscribe").length === 2);
    t.ok(it.session() !== session);
  },
};
