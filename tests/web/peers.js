// Real peers in one page: media to send, and a line between two that can be slow, cut, and listened to.

import {Peer} from "../../web/core/peer.js";

/** A picture that moves and a tone, as a participant's own media. */
export const makeLocal = (t) => {
  const canvas = new OffscreenCanvas(320, 180);
  const generator = new MediaStreamTrackGenerator({kind: "video"});
  const writer = generator.writable.getWriter();
  const context = canvas.getContext("2d");
  let n = 0;
  const timer = setInterval(() => {
    n += 1;
    context.fillStyle = `hsl(${n * 7} 80% 50%)`;
    context.fillRect(0, 0, 320, 180);
    const frame = new VideoFrame(canvas, {timestamp: n * 50_000});
    writer.write(frame).catch(() => frame.close());
  }, 50);
  const audio = new AudioContext();
  const tone = new OscillatorNode(audio);
  const out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  const tracks = {microphone: out.stream.getAudioTracks()[0], camera: generator};
  t.cleanup(async () => {
    clearInterval(timer);
    for (const track of [out.stream.getAudioTracks()[0], generator]) track.stop();
    await audio.close();
  });
  return {stream: new MediaStream(), tracks, track: (source) => tracks[source]};
};

/**
 * Two peers of one call. Without `candidates` they never find each other.
 * @returns {{a: any, b: any, line: any}} each side has its `peer`, its `states` and `said`, the messages that it sent
 */
export const makePair = (t, options) => {
  const line = {open: true, random: seeded(options.seed ?? 1)};
  const sides = {a: {states: [], said: [], unreachable: 0}, b: {states: [], said: [], unreachable: 0}};
  const local = makeLocal(t);
  const carry = (from, to, deliver, message) => {
    sides[from].said.push(message);
    if (!line.open) return;
    hop(line.random, () => deliver(sides[to].peer));
  };
  for (const [me, other] of [["a", "b"], ["b", "a"]]) {
    sides[me].local = {...local, stream: new MediaStream()};
    sides[me].peer = new Peer({
      polite: me === "a",
      initiate: options.initiate.includes(me),
      local: sides[me].local,
      peerCount: 1,
      clock: options.clock,
      createConnection: () => new RTCPeerConnection({bundlePolicy: "max-bundle"}),
      maySignal: () => line.open,
      sendDescription: (description) => carry(me, other, (peer) => peer.receiveDescription(description), description),
      sendCandidates: (candidates) => options.candidates !== false && carry(me, other, (peer) => peer.receiveCandidates(candidates), {type: "candidates"}),
      onState: (state) => sides[me].states.push(state),
      onUnreachable: () => (sides[me].unreachable += 1),
    });
    t.cleanup(() => sides[me].peer.close());
  }
  return {...sides, line};
};

/** The same order of accidents each time. */
export const seeded = (seed) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};

/** Delivers after one to six turns of the event loop; messages of one side keep their order in the queue of its turns. */
let queue = Promise.resolve();
const hop = (random, deliver) => {
  const turns = 1 + Math.floor(random() * 6);
  queue = queue.then(async () => {
    for (let n = 0; n < turns; n += 1) {
      await new Promise((resolve) => {
        const {port1, port2} = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(null);
      });
    }
    deliver();
  });
};

/** What a peer received so far. */
export const received = async (peer) => {
  const got = {frames: 0, samples: 0, candidatePair: ""};
  for (const report of (await peer.connection.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === "video") got.frames = report.framesDecoded ?? 0;
    if (report.type === "inbound-rtp" && report.kind === "audio") got.samples = report.packetsReceived ?? 0;
  }
  return got;
};

/** Until this peer sees and hears more than it did. */
export const flows = async (t, peer) => {
  const before = await received(peer);
  await t.eventually(async () => {
    const now = await received(peer);
    return now.frames > before.frames && now.samples > before.samples;
  }, "media flows");
};
