// Real peer connections.

import {FakeClock} from "./fakes.js";
import {flows, makePair, received} from "./peers.js";

const connected = ({a, b}) => [a, b].every(({peer}) => peer.connection.connectionState === "connected");
const offers = ({said}) => said.filter(({type}) => type === "offer").length;
const descriptions = (...sides) => sides.flatMap(({said}) => said).filter(({type}) => type !== "candidates").length;
const transceivers = ({peer}) => peer.connection.getTransceivers();

export default {
  "two peers see and hear each other over two transceivers": async (t) => {
    const pair = makePair(t, {initiate: "a"});
    await t.eventually(() => connected(pair));
    await Promise.all([flows(t, pair.a.peer), flows(t, pair.b.peer)]);
    for (const side of [pair.a, pair.b]) {
      t.equal(transceivers(side).map((one) => one.currentDirection), ["sendrecv", "sendrecv"]);
      t.equal(side.peer.stream.getTracks().map(({kind}) => kind).sort(), ["audio", "video"]);
      t.equal(side.states, ["connected"]);
    }
    t.equal([offers(pair.a), offers(pair.b)], [1, 0]);
  },

  "when both offer first, one of them wins and two transceivers remain": async (t) => {
    for (const seed of [1, 2, 3, 4]) {
      const pair = makePair(t, {initiate: "ab", seed});
      await t.eventually(() => connected(pair), `connected with seed ${seed}`);
      await Promise.all([flows(t, pair.a.peer), flows(t, pair.b.peer)]);
      await t.eventually(() => [pair.a, pair.b].every((side) => transceivers(side).length === 2));
      t.equal([pair.a, pair.b].map((side) => transceivers(side).map((one) => one.currentDirection)), [
        ["sendrecv", "sendrecv"],
        ["sendrecv", "sendrecv"],
      ]);
      pair.a.peer.close();
      pair.b.peer.close();
    }
  },

  "a storm of restarts on both sides ends stable and connected": async (t) => {
    const pair = makePair(t, {initiate: "ab", seed: 7});
    await t.eventually(() => connected(pair));
    for (let n = 0; n < 40; n += 1) {
      const side = pair.line.random() < 0.5 ? pair.a : pair.b;
      side.peer.connection.restartIce();
      if (pair.line.random() < 0.4) await new Promise((resolve) => setTimeout(resolve));
    }
    const settled = () =>
      connected(pair) && [pair.a, pair.b].every(({peer}) => peer.connection.signalingState === "stable");
    await t.eventually(settled);
    await Promise.all([flows(t, pair.a.peer), flows(t, pair.b.peer)]);
    t.equal([transceivers(pair.a).length, transceivers(pair.b).length], [2, 2]);
    t.ok(offers(pair.a) + offers(pair.b) > 10, "there was a storm");
  },

  "camera off and on, and another microphone, need no new description": async (t) => {
    const pair = makePair(t, {initiate: "a"});
    await t.eventually(() => connected(pair));
    const said = descriptions(pair.a, pair.b);
    const {camera} = pair.a.local.tracks;
    await pair.a.peer.setTrack("camera", null);
    await pair.a.peer.setTrack("camera", camera);
    await pair.a.peer.setTrack("microphone", pair.a.local.tracks.microphone.clone());
    await flows(t, pair.b.peer);
    t.equal(descriptions(pair.a, pair.b), said);
  },

  "media that the other side takes back makes a new connection, and not at once again": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock});
    const until = (check) => t.eventually(async () => (await clock.advance(20), check()), String(check));
    await until(() => connected(pair));
    const [first] = [pair.a.peer.connection];
    transceivers(pair.b)[1].stop();
    await until(() => pair.a.peer.connection !== first && connected(pair));
    await Promise.all([flows(t, pair.a.peer), flows(t, pair.b.peer)]);
    t.equal([transceivers(pair.a).length, transceivers(pair.b).length], [2, 2]);
    const second = pair.a.peer.connection;
    transceivers(pair.b)[0].stop();
    await until(() => transceivers(pair.a).length === 1);
    await clock.advance(5_000);
    t.ok(pair.a.peer.connection === second, "the second time waits");
    await clock.advance(10_000);
    await until(() => pair.a.peer.connection !== second && connected(pair));
  },

  "a track that a peer cannot take is its own trouble, and it has the track in the end": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock});
    const until = (check) => t.eventually(async () => (await clock.advance(20), check()), String(check));
    await until(() => connected(pair));
    const before = pair.a.peer.connection;
    transceivers(pair.a)[1].stop();
    const camera = pair.a.local.tracks.camera.clone();
    t.cleanup(() => camera.stop());
    pair.a.local.track = (source) => (source === "camera" ? camera : pair.a.local.tracks[source]);
    await pair.a.peer.setTrack("camera", camera);
    await until(() => pair.a.peer.connection !== before && connected(pair));
    t.ok(transceivers(pair.a)[1].sender.track === camera);
    await Promise.all([flows(t, pair.a.peer), flows(t, pair.b.peer)]);
  },

  "someone without devices hears the others, and adds devices without a new description": async (t) => {
    const pair = makePair(t, {initiate: "a"});
    const {tracks} = pair.b.local;
    pair.b.local.track = () => null;
    await t.eventually(() => connected(pair));
    await flows(t, pair.b.peer);
    t.equal((await received(pair.a.peer)).frames, 0);
    const said = descriptions(pair.a, pair.b);
    await pair.b.peer.setTrack("camera", tracks.camera);
    await pair.b.peer.setTrack("microphone", tracks.microphone);
    await flows(t, pair.a.peer);
    t.equal(descriptions(pair.a, pair.b), said);
  },

  "an offer that was lost is said again": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock});
    pair.line.open = false;
    await t.eventually(() => offers(pair.a) === 1);
    await clock.advance(100);
    pair.line.open = true;
    pair.a.peer.signallingBack();
    await t.eventually(async () => (await clock.advance(20), connected(pair)));
  },

  "when nobody offers, the one who waited does": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "", clock});
    await clock.advance(6_000);
    await t.eventually(async () => (await clock.advance(20), connected(pair)));
    t.equal([transceivers(pair.a).length, transceivers(pair.b).length], [2, 2]);
  },

  "a connection that no restart brings back is made anew by both sides": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock});
    await t.eventually(async () => (await clock.advance(20), connected(pair)));
    const before = [pair.a.peer.connection, pair.b.peer.connection];
    const {stream} = pair.b.peer;
    // One side broke in a way that restarting cannot mend: it answers nothing any more.
    before[0].close();
    pair.a.peer.connection.onconnectionstatechange?.(new Event("connectionstatechange"));
    pair.a.peer.networkChanged();
    await clock.advance(2_000 + 3 * 15_000);
    await t.eventually(async () => (await clock.advance(20), connected(pair)));
    t.ok(pair.a.peer.connection !== before[0] && pair.b.peer.connection !== before[1]);
    t.ok(pair.b.peer.stream === stream && stream.getTracks().length === 2, "the stream stays and has the new tracks");
    await Promise.all([flows(t, pair.a.peer), flows(t, pair.b.peer)]);
  },

  "a connection that failed is restarted, and not while the server does not hear us": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock});
    await t.eventually(async () => (await clock.advance(20), connected(pair)));
    const [offersBefore] = [offers(pair.a)];
    pair.line.open = false;
    Object.defineProperty(pair.a.peer.connection, "connectionState", {configurable: true, get: () => "failed"});
    pair.a.peer.connection.onconnectionstatechange(new Event("connectionstatechange"));
    await clock.advance(60_000);
    t.equal(offers(pair.a), offersBefore);
    t.equal(pair.a.states.at(-1), "reconnecting");
    pair.line.open = true;
    pair.a.peer.signallingBack();
    await t.eventually(() => offers(pair.a) === offersBefore + 1);
    delete pair.a.peer.connection.connectionState;
    await t.eventually(() => pair.a.peer.connection.signalingState === "stable" && connected(pair));
  },

  "what goes another way is not sent, and after a rest it is again": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock});
    const until = (check) => t.eventually(async () => (await clock.advance(20), check()), String(check));
    await until(() => connected(pair));
    const sent = () => pair.a.peer.connection.getSenders().filter(({track}) => track !== null).length;
    await flows(t, pair.b.peer);
    pair.a.peer.setSending(false);
    await t.eventually(() => sent() === 0);
    await pair.a.peer.setTrack("camera", pair.a.local.tracks.camera);
    t.equal(sent(), 0, "a new camera does not go this way either");
    pair.a.peer.setSending(true);
    await clock.advance(5_000);
    t.equal(sent(), 0, "a picture that goes on too soon is a freeze");
    await clock.advance(2_000);
    await t.eventually(() => sent() === 2);
    await Promise.all([flows(t, pair.a.peer), flows(t, pair.b.peer)]);
  },

  "two who have spoken and find no way say so, and go on trying": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock, candidates: false});
    await t.eventually(() => pair.a.peer.connection.signalingState === "stable" && pair.a.peer.connection.remoteDescription);
    await clock.advance(7_900);
    t.equal([pair.a.unreachable, pair.b.unreachable], [0, 0]);
    await clock.advance(7_100);
    t.equal([pair.a.unreachable, pair.b.unreachable], [1, 1]);
    await t.eventually(() => offers(pair.a) > 1);
    await clock.advance(120_000);
    t.equal([pair.a.unreachable, pair.b.unreachable], [2, 2], "and once more when there is no hope");
  },

  "who has heard nothing of the other does not say that there is no way": async (t) => {
    const clock = new FakeClock();
    const pair = makePair(t, {initiate: "a", clock});
    pair.line.open = false;
    await t.eventually(() => offers(pair.a) === 1);
    await clock.advance(40_000);
    t.equal([pair.a.unreachable, pair.b.unreachable], [0, 0]);
  },
};
