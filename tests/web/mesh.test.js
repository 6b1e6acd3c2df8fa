// Several participants in one page, with real connections and a server of their own.

import {Mesh} from "../../web/core/mesh.js";
import {participant} from "./fakes.js";
import {flows, makeLocal} from "./peers.js";

/** What the server does for a mesh: a roster that everybody learns, and relaying with the sender stamped. */
class Hub {
  roster = [];
  members = new Map();
  relayed = [];
  #generations = new Map();

  constructor(t) {
    this.t = t;
    this.local = makeLocal(t);
  }

  /** Someone enters; with `fresh`, after loading the page anew. */
  enter(id, {fresh = false} = {}) {
    const known = this.roster.find((one) => one.id === id);
    const generation = (this.#generations.get(id) ?? 0) + (known && !fresh ? 0 : 1);
    this.#generations.set(id, generation);
    const me = participant(id, {generation});
    this.roster = known ? this.roster.map((one) => (one.id === id ? me : one)) : [...this.roster, me];
    const member = !fresh && this.members.get(id) ? this.members.get(id) : this.#member(id);
    this.members.set(id, member);
    member.online = true;
    member.mesh.sync(this.#rosterFor(id), {entering: true});
    this.#tell(id);
    return member;
  }

  leave(id) {
    this.roster = this.roster.filter((one) => one.id !== id);
    this.members.get(id).mesh.close();
    this.members.delete(id);
    this.#tell(id);
  }

  /** The connection to the server is lost; the page lives on. */
  lose(id) {
    const member = this.members.get(id);
    member.online = false;
    member.mesh.signallingLost();
    this.roster = this.roster.map((one) => (one.id === id ? {...one, presence: "reconnecting"} : one));
    this.#tell(id);
  }

  #member(id) {
    const member = {peers: {}, online: false};
    member.mesh = new Mesh({
      local: {...this.local, stream: new MediaStream()},
      send: (name, data) => this.#relay(id, name, data),
      onPeer: (peer, state) => (state ? (member.peers[peer] = state) : delete member.peers[peer]),
    });
    this.t.cleanup(() => member.mesh.close());
    return member;
  }

  /** Pairs that need no connection, as "ab". */
  apart = new Set();

  #rosterFor(id) {
    const pairOf = (other) => (this.apart.has([id, other].sort().join("")) ? {wanted: false, sends: false} : {wanted: true, sends: true});
    const pairs = new Map(this.roster.map((one) => [one.id, pairOf(one.id)]));
    return {self: id, participants: this.roster, pairs};
  }

  /** Two need a connection, or none: both hear of it at the same time. */
  part(one, other, apart) {
    if (apart) this.apart.add(one + other);
    else this.apart.delete(one + other);
    this.#tell(null);
  }

  #tell(about) {
    for (const [id, {mesh, online}] of this.members) {
      if (id !== about && online) mesh.sync(this.#rosterFor(id), {entering: false});
    }
  }

  #relay(from, name, {to, to_generation, ...rest}) {
    const target = this.roster.find((one) => one.id === to);
    const member = this.members.get(to);
    const {generation} = this.roster.find((one) => one.id === from) ?? {};
    if (!this.members.get(from)?.online || !member?.online || target?.generation !== to_generation) return;
    this.relayed.push([name, from, to]);
    const fact = name === "send-description" ? "description-sent" : "candidates-sent";
    setTimeout(() => this.members.get(to) === member && member.mesh.receive(fact, {from, generation, ...rest}));
  }

  async everybodyConnected() {
    await this.t.eventually(() =>
      [...this.members.values()].every(({peers}) => {
        const states = Object.values(peers);
        return states.length === this.members.size - 1 && states.every((state) => state === "connected");
      }),
    );
  }

  connections() {
    return [...this.members].flatMap(([id, {mesh}]) => Array.from(mesh.peers(), ([to, peer]) => [`${id}${to}`, peer.connection]));
  }
}

const untouched = (before, hub) => before.every(([key, connection]) => hub.connections().some(([k, c]) => k === key && c === connection));

export default {
  "everybody sees and hears everybody": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b", "c"]) hub.enter(id);
    await hub.everybodyConnected();
    const peers = [...hub.members.values()].flatMap(({mesh}) => [...mesh.peers()]);
    t.equal(peers.length, 6);
    await Promise.all(peers.map(([, peer]) => flows(t, peer)));
    t.equal(hub.members.get("a").mesh.carrier("b").stream.getTracks().length, 2);
    t.equal(hub.members.get("a").mesh.carrier("nobody"), null);
  },

  "the one who comes in offers, and only once": async (t) => {
    const hub = new Hub(t);
    hub.enter("a");
    hub.enter("b");
    await hub.everybodyConnected();
    const descriptions = hub.relayed.filter(([name]) => name === "send-description").map(([, from]) => from);
    t.equal(descriptions, ["b", "a"]);
  },

  "someone who leaves takes only their own connections": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b", "c"]) hub.enter(id);
    await hub.everybodyConnected();
    const before = hub.connections().filter(([key]) => !key.includes("c"));
    hub.leave("c");
    t.equal(Object.keys(hub.members.get("a").peers), ["b"]);
    t.ok(untouched(before, hub));
    await hub.everybodyConnected();
  },

  "a page that was loaded anew gets new connections": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b", "c"]) hub.enter(id);
    await hub.everybodyConnected();
    const others = hub.connections().filter(([key]) => !key.includes("b"));
    const [, before] = hub.connections().find(([key]) => key === "ab");
    hub.members.get("b").mesh.close();
    hub.enter("b", {fresh: true});
    await hub.everybodyConnected();
    const [, after] = hub.connections().find(([key]) => key === "ab");
    t.ok(before !== after && before.connectionState === "closed");
    t.ok(untouched(others, hub));
    await flows(t, [...hub.members.get("a").mesh.peers()].find(([id]) => id === "b")[1]);
  },

  "losing the server and coming back leaves connections alone": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b"]) hub.enter(id);
    await hub.everybodyConnected();
    const [before, said] = [hub.connections(), hub.relayed.length];
    hub.lose("a");
    hub.lose("b");
    await Promise.all([...hub.members.values()].flatMap(({mesh}) => Array.from(mesh.peers(), ([, peer]) => flows(t, peer))));
    hub.enter("b");
    hub.enter("a");
    t.ok(untouched(before, hub));
    await hub.everybodyConnected();
    t.equal(hub.relayed.length, said, "nothing had to be said");
  },

  "someone who was away while another came in offers when they are back": async (t) => {
    const hub = new Hub(t);
    hub.enter("a");
    hub.lose("a");
    hub.enter("b");
    t.equal(hub.members.get("b").peers, {}, "nobody is called who cannot hear");
    hub.enter("a");
    await hub.everybodyConnected();
    const [[, first]] = hub.relayed.filter(([name]) => name === "send-description");
    t.equal(first, "a");
  },

  "a connection that was lost on the way is finished when both are back": async (t) => {
    const hub = new Hub(t);
    hub.enter("a");
    hub.enter("b");
    hub.lose("a");
    await t.eventually(() => [...hub.members.get("b").mesh.peers()].every(([, peer]) => peer.connection.localDescription));
    hub.enter("a");
    await hub.everybodyConnected();
  },

  "joining anew as another participant makes every connection anew": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b"]) hub.enter(id);
    await hub.everybodyConnected();
    const {mesh, peers} = hub.members.get("a");
    const [[, peer]] = mesh.peers();
    const old = peer.connection;
    mesh.sync({self: "z", participants: [participant("b"), participant("z")]}, {entering: true});
    t.equal([old.connectionState, peers], ["closed", {b: "connecting"}]);
  },

  "a track reaches everybody else although one peer cannot take it": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b", "c"]) hub.enter(id);
    await hub.everybodyConnected();
    const {mesh} = hub.members.get("a");
    const connections = () => Object.fromEntries(Array.from(mesh.peers(), ([id, peer]) => [id, peer.connection]));
    const before = connections();
    before.b.getTransceivers()[1].stop();
    await mesh.setTrack("camera", null);
    t.equal(before.c.getSenders()[1].track, null);
    await t.eventually(() => connections().b !== before.b && connections().b.connectionState === "connected");
    t.ok(connections().c === before.c);
  },

  "what comes from a stranger or from an older page is dropped": async (t) => {
    const hub = new Hub(t);
    const {mesh} = hub.enter("a");
    mesh.sync({self: "a", participants: [participant("a"), participant("b", {generation: 2, presence: "reconnecting"})]}, {entering: false});
    const offer = {type: "offer", sdp: "v=0\r\n"};
    mesh.receive("description-sent", {from: "stranger", generation: 1, ...offer});
    mesh.receive("description-sent", {from: "b", generation: 1, ...offer});
    mesh.receive("description-sent", {from: "a", generation: 1, ...offer});
    t.equal([...mesh.peers()].length, 0);
  },

  "two who need no connection have none, and get one when they do": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b", "c"]) hub.enter(id);
    await hub.everybodyConnected();
    const others = hub.connections().filter(([key]) => key.includes("c"));
    hub.part("a", "b", true);
    t.equal([Object.keys(hub.members.get("a").peers), Object.keys(hub.members.get("b").peers)], [["c"], ["c"]]);
    const said = hub.relayed.length;
    hub.part("a", "b", false);
    await hub.everybodyConnected();
    const descriptions = hub.relayed.slice(said).filter(([name]) => name === "send-description");
    t.equal(descriptions, [["send-description", "a", "b"], ["send-description", "b", "a"]], "one offers: the lower id");
    t.ok(untouched(others, hub));
    await flows(t, [...hub.members.get("b").mesh.peers()].find(([id]) => id === "a")[1]);
  },

  "what is said about a connection that is not needed makes none": async (t) => {
    const hub = new Hub(t);
    hub.apart.add("ab");
    const {mesh} = hub.enter("a");
    hub.enter("b");
    mesh.receive("description-sent", {from: "b", generation: 1, type: "offer", sdp: "v=0\r\n"});
    t.equal([...mesh.peers()].length, 0);
  },

  "each peer gets less as more come in, and more when they leave": async (t) => {
    const hub = new Hub(t);
    for (const id of ["a", "b", "c"]) hub.enter(id);
    await hub.everybodyConnected();
    const limits = () =>
      Array.from(hub.members.get("a").mesh.peers(), ([, peer]) => {
        const sender = peer.connection.getSenders().find(({track}) => track?.kind === "video");
        return sender.getParameters().encodings[0].maxBitrate;
      });
    await t.eventually(() => limits().every((limit) => limit === 1_100_000));
    hub.leave("c");
    await t.eventually(() => limits().every((limit) => limit === 1_700_000));
  },
};
