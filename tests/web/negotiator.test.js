import {Negotiator} from "../../web/core/negotiator.js";
import {FakeClock, FakeConnection, settle} from "./fakes.js";

const side = (polite, options = {}) => {
  const connection = new FakeConnection();
  const clock = new FakeClock();
  const it = {connection, clock, descriptions: [], candidates: [], failures: [], prepared: 0};
  it.negotiator = new Negotiator({
    connection,
    polite,
    clock,
    sendDescription: (description) => it.descriptions.push(description),
    sendCandidates: (candidates) => it.candidates.push(candidates),
    beforeAnswer: async () => void (it.prepared += 1),
    failed: (error) => it.failures.push(error),
    ...options,
  });
  return it;
};

const drain = async (times = 20) => {
  for (let n = 0; n < times; n += 1) await settle();
};

/** Carries everything that waits from one side to the other. */
const carry = async (from, to) => {
  for (const description of from.descriptions.splice(0)) await to.negotiator.receiveDescription(description);
  for (const candidates of from.candidates.splice(0)) await to.negotiator.receiveCandidates(candidates);
};

const connect = async (a, b) => {
  a.connection.need();
  await drain();
  await carry(a, b);
  await carry(b, a);
};

const offer = (ufrag, session = 900) => ({type: "offer", sdp: `v=0\r\no=- ${session} 1 x\r\na=ice-ufrag:${ufrag}\r\n`});
const candidate = (usernameFragment, name = "c") => ({candidate: name, sdpMid: "0", sdpMLineIndex: 0, usernameFragment});

export default {
  "an offer is answered and both sides are stable": async (t) => {
    const [a, b] = [side(false), side(true)];
    await connect(a, b);
    t.equal([a.connection.signalingState, b.connection.signalingState], ["stable", "stable"]);
    t.equal([a.prepared, b.prepared], [0, 1], "only the answering side prepares its transceivers");
  },

  "when both offer at once the impolite offer wins and the polite one is taken back": async (t) => {
    const [impolite, polite] = [side(false), side(true)];
    impolite.connection.need();
    polite.connection.need();
    await drain();
    const [fromImpolite] = impolite.descriptions;
    await Promise.all([carry(impolite, polite), carry(polite, impolite)]);
    t.equal(polite.descriptions.map(({type}) => type), ["answer"]);
    await carry(polite, impolite);
    t.equal([impolite.connection.signalingState, polite.connection.signalingState], ["stable", "stable"]);
    t.equal(polite.connection.remoteDescription.sdp, fromImpolite.sdp);
    t.equal(impolite.descriptions, [], "the offer of the polite side got no answer");
    t.equal([impolite.failures, polite.failures], [[], []]);
  },

  "an offer that arrives while ours is being made counts as glare": async (t) => {
    const [impolite, polite] = [side(false), side(true)];
    impolite.connection.need();
    const received = impolite.negotiator.receiveDescription(offer("remote"));
    await received;
    t.equal(impolite.connection.signalingState, "have-local-offer");
    polite.connection.need();
    await polite.negotiator.receiveDescription(offer("remote"));
    t.equal(polite.connection.signalingState, "stable");
  },

  "candidates that come before their description are kept and applied after it": async (t) => {
    const it = side(true);
    await it.negotiator.receiveCandidates([candidate("early", "one"), candidate("early", "two")]);
    t.equal(it.connection.added, []);
    await it.negotiator.receiveDescription(offer("early"));
    t.equal(it.connection.added.map((one) => one.candidate), ["one", "two"]);
  },

  "candidates of the next ICE generation wait for its description": async (t) => {
    const it = side(true);
    await it.negotiator.receiveDescription(offer("first"));
    await it.negotiator.receiveCandidates([candidate("second", "next")]);
    t.equal(it.connection.added, []);
    await it.negotiator.receiveDescription(offer("second"));
    t.equal(it.connection.added.map((one) => one.candidate), ["next"]);
  },

  "candidates of an older ICE generation are ignored quietly": async (t) => {
    const it = side(true);
    await it.negotiator.receiveDescription(offer("first"));
    await it.negotiator.receiveDescription(offer("second"));
    await it.negotiator.receiveCandidates([candidate("first")]);
    await it.negotiator.receiveDescription(offer("third"));
    t.equal([it.connection.added, it.failures], [[], []]);
  },

  "only so many early candidates are kept": async (t) => {
    const it = side(true);
    await it.negotiator.receiveCandidates(Array.from({length: 500}, (_, n) => candidate("early", `c${n}`)));
    await it.negotiator.receiveDescription(offer("early"));
    t.equal(it.connection.added.length, 60);
    t.equal(it.connection.added.at(-1).candidate, "c499");
  },

  "candidates travel in batches, at most thirty for a description, and never inside of it": async (t) => {
    const it = side(true);
    it.connection.need();
    await drain();
    t.ok(!it.descriptions[0].sdp.includes("a=candidate"));
    for (let n = 0; n < 40; n += 1) it.connection.find(`candidate:${n}`);
    t.equal(it.candidates, []);
    await it.clock.advance(20);
    it.connection.find("candidate:late");
    await it.clock.advance(20);
    t.equal(it.candidates.map((batch) => batch.length), [30]);
  },

  "candidates that only dial TCP, and those of an offer that was taken back, are not sent": async (t) => {
    const it = side(true);
    it.connection.need();
    await drain();
    it.connection.find("candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype active");
    it.connection.find("candidate:2", "gone");
    it.connection.find("candidate:3");
    await it.clock.advance(20);
    t.equal(it.candidates.flat().map((one) => one.candidate), ["candidate:3"]);
  },

  "an answer that nobody waits for is ignored": async (t) => {
    const [a, b] = [side(false), side(true)];
    a.connection.need();
    await drain();
    await carry(a, b);
    const [answer] = b.descriptions;
    await carry(b, a);
    await a.negotiator.receiveDescription(answer);
    t.equal([a.connection.signalingState, a.failures], ["stable", []]);
  },

  "an answer from before our ICE restart does not pass for the answer to it": async (t) => {
    const [a, b] = [side(false), side(true)];
    a.connection.need();
    await drain();
    await carry(a, b);
    const [answer] = b.descriptions;
    await carry(b, a);
    await a.negotiator.resync();
    await drain();
    await a.negotiator.receiveDescription(answer);
    t.equal(a.connection.signalingState, "have-local-offer");
    await carry(a, b);
    await carry(b, a);
    t.equal(a.connection.signalingState, "stable");
    t.ok(a.connection.remoteDescription.sdp !== answer.sdp);
  },

  "resync says an offer without answer again, with its candidates": async (t) => {
    const it = side(true);
    it.connection.need();
    await drain();
    it.connection.find("candidate:1");
    await it.clock.advance(20);
    const said = {descriptions: it.descriptions.splice(0), candidates: it.candidates.splice(0)};
    await it.negotiator.resync();
    t.equal({descriptions: it.descriptions, candidates: it.candidates}, said);
    t.equal(it.connection.restarts, 0);
  },

  "resync restarts ICE when stable but not connected": async (t) => {
    const [a, b] = [side(false), side(true)];
    await connect(a, b);
    await a.negotiator.resync();
    await drain();
    t.equal(a.descriptions.map(({type}) => type), ["offer"]);
    t.equal(a.connection.restarts, 1);
  },

  "resync touches nothing when connected": async (t) => {
    const [a, b] = [side(false), side(true)];
    await connect(a, b);
    a.connection.connectionState = "connected";
    await a.negotiator.resync();
    await drain();
    t.equal([a.descriptions, a.connection.restarts], [[], 0]);
  },

  "a lost answer is made up for when both sides resync": async (t) => {
    const [a, b] = [side(false), side(true)];
    a.connection.need();
    await drain();
    await carry(a, b);
    b.descriptions.length = 0;
    await Promise.all([a.negotiator.resync(), b.negotiator.resync()]);
    await drain();
    for (let n = 0; n < 4; n += 1) {
      await carry(a, b);
      await carry(b, a);
      await drain();
    }
    t.equal([a.connection.signalingState, b.connection.signalingState], ["stable", "stable"]);
    t.equal(a.connection.remoteDescription.sdp.match(/ufrag:\S+/), b.connection.localDescription.sdp.match(/ufrag:\S+/));
    t.equal(b.connection.remoteDescription.sdp.match(/ufrag:\S+/), a.connection.localDescription.sdp.match(/ufrag:\S+/));
  },

  "a description that cannot be used is told and does not stop the next": async (t) => {
    const it = side(true);
    await it.negotiator.receiveDescription({type: "offer", sdp: "broken"});
    await it.negotiator.receiveDescription(offer("good"));
    t.equal([it.failures.length, it.connection.signalingState], [1, "stable"]);
    t.equal(it.descriptions.map(({type}) => type), ["answer"]);
  },

  "a closed negotiator says nothing": async (t) => {
    const it = side(true);
    it.connection.need();
    it.connection.find("candidate:1");
    it.negotiator.close();
    await it.negotiator.receiveDescription(offer("late"));
    await it.clock.advance(1_000);
    t.equal([it.descriptions, it.candidates, it.connection.added], [[], [], []]);
  },
};
