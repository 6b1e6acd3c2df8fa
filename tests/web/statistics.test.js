import {Gauge} from "../../web/core/gauge.js";
import {inboundFlow, isLimited, lostOf, mean, outboundFlow, qualityOf, roundTripMs} from "../../web/core/statistics.js";
import {points} from "../../web/ui/sparkline.js";
import {verdict} from "../../web/ui/verdict.js";
import {report} from "../../web/ui/report.js";
import {initialState} from "../../web/core/state.js";
import {FakeClock, participant, settle} from "./fakes.js";

const video = (at, change = {}) => ({
  type: "inbound-rtp", id: "v", kind: "video", trackIdentifier: "tv", timestamp: at, codecId: "c", bytesReceived: 0,
  packetsReceived: 0, packetsLost: 0, framesDecoded: 0, frameWidth: 640, frameHeight: 360, jitter: 0.004, ...change,
});
const codec = {type: "codec", id: "c", mimeType: "video/VP8"};
const memory = () => ({before: new Map(), now: new Map()});
const next = ({now}) => ({before: now, now: new Map()});

export default {
  "rates are of the time between two looks": (t) => {
    const first = memory();
    t.equal(inboundFlow([codec, video(1_000)], "tv", first).bitrateBps, 0);
    const flow = inboundFlow(
      [codec, video(3_000, {bytesReceived: 250_000, packetsReceived: 95, packetsLost: 5, framesDecoded: 50})], "tv", next(first),
    );
    t.equal(flow, {codec: "VP8", bitrateBps: 1_000_000, lost: 0.05, width: 640, height: 360, framesPerS: 25, jitterMs: 4});
    t.equal(inboundFlow([video(1_000)], "another", memory()), null);
  },

  "counters that go backwards are no negative rates": (t) => {
    const first = memory();
    inboundFlow([codec, video(1_000, {bytesReceived: 500, packetsReceived: 9, packetsLost: 3})], "tv", first);
    const flow = inboundFlow([codec, video(2_000, {packetsReceived: 10, packetsLost: 2})], "tv", next(first));
    t.equal([flow.bitrateBps, flow.lost], [0, 0]);
  },

  "what we send is the sum of all layers and connections, named after the largest that goes": (t) => {
    const out = (id, at, bytes, height, extra = {}) => ({
      type: "outbound-rtp", id, ssrc: 1, kind: "video", timestamp: at, packetsSent: 1, bytesSent: bytes, framesEncoded: 0,
      frameHeight: height, frameWidth: height * 2, ...extra,
    });
    const first = memory();
    const at = (time, q, h, mesh) => [
      [out("q", time, q, 90), out("h", time, h, 180, {remoteId: "r"}), {id: "r", type: "remote-inbound-rtp", fractionLost: 0.25}],
      [out("m", time, mesh, 720)],
    ];
    outboundFlow(at(1_000, 0, 0, 5), "video", first);
    const flow = outboundFlow(at(2_000, 1_000, 2_000, 5), "video", next(first));
    t.equal([flow.bitrateBps, flow.height, flow.lost], [24_000, 180, 0.25]);
    t.equal(outboundFlow([[]], "audio", memory()), null);
  },

  "the round trip and the limit are those of the pair in use": (t) => {
    const pairs = [
      {type: "transport", selectedCandidatePairId: "p2"},
      {type: "candidate-pair", id: "p1", currentRoundTripTime: 9},
      {type: "candidate-pair", id: "p2", currentRoundTripTime: 0.038, availableOutgoingBitrate: 200_000},
    ];
    t.equal(Math.round(roundTripMs(pairs)), 38);
    t.equal(roundTripMs([]), null);
    const limited = {type: "outbound-rtp", qualityLimitationReason: "bandwidth"};
    t.equal([isLimited([...pairs, limited]), isLimited(pairs), isLimited([limited])], [true, false, false]);
  },

  "the bars follow loss and delay": (t) => {
    const bars = (lost, trip, limited) => qualityOf({lost, roundTripMs: trip, limited});
    t.equal([bars(0, 20), bars(0.02, 20), bars(0.05, 20)], [3, 2, 1]);
    t.equal([bars(0, null), bars(0, 300), bars(0, 600), bars(0, 20, true)], [3, 2, 1, 1]);
    const flow = (bitrateBps, lost) => ({bitrateBps, lost});
    t.equal(lostOf([flow(90, 0), flow(10, 0.5), null]), 0.05);
    t.equal([lostOf([]), mean([null]), mean([10, null, 30])], [0, null, 20]);
  },

  "the gauge looks every second while someone reads, and one bad look is no bad line": async (t) => {
    const clock = new FakeClock();
    let [at, packets, lost] = [0, 0, 0];
    const connection = {
      getStats: async () => new Map([["v", video((at += 1_000), {packetsReceived: packets, packetsLost: lost, bytesReceived: packets * 100})]]),
    };
    const carrier = {connection, audio: null, video: {track: {id: "tv"}}};
    const [seen, bars] = [[], []];
    const gauge = new Gauge({
      clock,
      sources: () => ({self: "a", sending: [], receiving: [{id: "b", route: "forwarded", carrier}]}),
      onQuality: (quality) => bars.push(quality.b),
      onWeak: () => {},
    });
    t.cleanup(() => gauge.stop());
    const look = async (ms) => {
      await clock.advance(ms);
      for (let n = 0; n < 3; n += 1) await settle();
    };
    gauge.start();
    await look(2_000);
    const off = gauge.on((statistics) => seen.push(statistics));
    for (const badly of [false, true, false, true, true, true, true]) {
      packets += 90;
      lost += badly ? 10 : 0;
      await look(1_000);
    }
    t.equal([seen.length, seen[1].receiving[0].lost, seen[1].receiving[0].route], [7, 0.1, "forwarded"]);
    t.equal([bars[2], bars.at(-1)], [2, 1]);
    off();
    await look(1_000);
    await look(1_000);
    t.ok(seen.length === 7 && bars.length === 9, "without readers every two seconds");
  },

  "a weak line of ours is said once in a while": async (t) => {
    const clock = new FakeClock();
    let weak = 0;
    const entries = [
      {type: "transport", selectedCandidatePairId: "p"},
      {type: "candidate-pair", id: "p", availableOutgoingBitrate: 100_000},
      {type: "outbound-rtp", kind: "video", packetsSent: 1, timestamp: 1, qualityLimitationReason: "bandwidth"},
    ];
    const connection = {getStats: async () => new Map(entries.map((entry, n) => [n, entry]))};
    const gauge = new Gauge({
      clock,
      sources: () => ({self: "a", sending: [connection], receiving: []}),
      onQuality: () => {},
      onWeak: () => (weak += 1),
    });
    t.cleanup(() => gauge.stop());
    gauge.start();
    for (let n = 0; n < 4; n += 1) await clock.advance(2_000);
    t.equal(weak, 0);
    for (let n = 0; n < 30; n += 1) await clock.advance(2_000);
    t.equal(weak, 1);
    for (let n = 0; n < 60; n += 1) await clock.advance(2_000);
    t.equal(weak, 2);
  },

  "the sentence says whose connection is weak": (t) => {
    const people = [participant("a"), participant("b", {name: "Ada"}), participant("c", {name: "Chen"})];
    const said = (quality, participants = people) => verdict({self: "a", participants, quality}, true);
    t.equal(said({a: 3, b: 3, c: 3}).kind, "good");
    t.equal(said({a: 3, b: 1, c: 3}), {kind: "except", bars: 2, weak: ["Ada"]});
    t.equal([said({a: 3, b: 2, c: 3}).kind, said({a: 1, b: 3, c: 3}).kind, said({a: 3, b: 1, c: 1}).kind], ["fair", "weak", "weak"]);
    t.equal([said({}, people.slice(0, 1)).kind, verdict({self: "a", participants: people, quality: {}}, false).kind], ["alone", "measuring"]);
  },

  "a sparkline ends at the right and has its top in sight": (t) => {
    t.equal(points([0, 50, 100], 3, 10), [{x: 0, y: 28}, {x: 50, y: 15.5}, {x: 100, y: 3}]);
    t.equal(points([1], 30, 10), [{x: 100, y: 25.5}]);
    t.equal(points([], 30, 10), []);
  },

  "a report has no names in it": (t) => {
    const state = {...initialState(), self: "id-of-a", participants: [participant("id-of-a"), participant("id-of-b")]};
    const receiving = [{id: "id-of-b", route: "direct", audio: null, video: null, lost: 0, roundTripMs: 1, jitterMs: 1}];
    const text = report(state, {at: 0, sending: {}, receiving, lost: 0, roundTripMs: 1, quality: {}}, "a browser");
    t.ok(!/Name of|id-of/.test(text), text);
    t.equal(JSON.parse(text).people.map(({number, self}) => [number, self]), [[1, true], [2, false]]);
    t.ok(report(state, undefined, "a browser").includes("a browser"));
  },
};
