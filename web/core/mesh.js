// One peer for every other participant who is here and who is to be reached directly, made and unmade as the roster says.

import {systemClock} from "./clock.js";
import {DIRECT} from "./path.js";
import {Peer} from "./peer.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./types.js").Participant} Participant */
/** @typedef {import("./types.js").PeerState} PeerState */
/** @typedef {import("./types.js").Source} Source */
/** @typedef {{to: string, to_generation: number}} Address */
/** Whether two of us need a connection, and whether our media goes over it. @typedef {{wanted: boolean, sends: boolean}} Pair */
/** Without an entry in `pairs`, there is a connection and it sends.
 * @typedef {{self: string, participants: Participant[], pairs?: Map<string, Pair>}} Roster
 */
/** @typedef {{generation: number, peer: Peer, presence: Participant["presence"]}} Entry */

export class Mesh {
  /** @type {Map<string, Entry>} */
  #peers = new Map();
  /** Who is here and needed no connection. @type {Set<string>} */
  #apart = new Set();
  /** @type {Roster} */
  #roster = {self: "", participants: []};
  #self = "";
  #ownGeneration = 0;
  #online = false;
  /** @type {RTCConfiguration} */
  #configuration = {bundlePolicy: "max-bundle"};

  /**
   * @param {{
   *   local: import("./peer.js").LocalMedia, clock?: Clock,
   *   createConnection?: (configuration: RTCConfiguration) => RTCPeerConnection,
   *   send: (name: "send-description" | "send-candidates", data: object) => void,
   *   onPeer: (id: string, state: PeerState | null) => void, onUnreachable?: (id: string) => void,
   * }} options `onPeer`: null when there is no connection to that participant any more; `onUnreachable`: there seems
   *   to be no direct way to someone who is here.
   */
  constructor({local, clock = systemClock, createConnection = connect, send, onPeer, onUnreachable = () => {}}) {
    this.#local = local;
    this.#clock = clock;
    this.#createConnection = createConnection;
    this.#send = send;
    this.#onPeer = onPeer;
    this.#onUnreachable = onUnreachable;
  }
  #local;
  #clock;
  #createConnection;
  #send;
  #onPeer;
  #onUnreachable;

  /**
   * Makes the peers follow the roster. Healthy connections to the same generation are not touched.
   *
   * Who entered last offers: after a join or a resume that is us, after a fact it is the other one. Two who were here
   * without a connection and need one now go by their ids. After entering, whatever is unfinished with those whom we
   * knew is said again.
   * @param {Roster} roster
   * @param {{entering: boolean}} options
   */
  sync(roster, {entering}) {
    this.#roster = roster;
    this.#online ||= entering;
    this.#checkSelf();
    const others = roster.participants.filter(({id}) => id !== roster.self);
    const present = new Set(others.map(({id}) => id));
    for (const id of this.#peers.keys()) if (!present.has(id)) this.#remove(id);
    for (const id of this.#apart) if (!present.has(id)) this.#apart.delete(id);
    for (const participant of others) this.#follow(participant, entering);
    const sending = Array.from(this.#peers.keys()).filter((id) => this.#pair(id).sends).length;
    for (const {peer} of this.#peers.values()) peer.setPeerCount(Math.max(1, sending));
  }

  /**
   * ICE servers, for connections to come and for the next ICE restart of those that are: relay credentials expire.
   * @param {RTCConfiguration} change
   */
  configure(change) {
    this.#configuration = {...this.#configuration, ...change};
    for (const {peer} of this.#peers.values()) peer.connection.setConfiguration(this.#configuration);
  }

  /** The server does not hear us until the next sync on entering. Media goes on. */
  signallingLost() {
    this.#online = false;
  }

  networkChanged() {
    for (const {peer} of this.#peers.values()) peer.networkChanged();
  }

  /**
   * @param {string} name `description-sent` or `candidates-sent`
   * @param {any} data
   */
  receive(name, data) {
    const sender = this.#roster.participants.find(({id}) => id === data.from);
    if (!sender || sender.id === this.#roster.self || sender.generation !== data.generation) return;
    if (!this.#pair(sender.id).wanted) return;
    const {peer} = this.#peers.get(sender.id) ?? this.#add(sender, false);
    if (name === "description-sent") peer.receiveDescription({type: data.type, sdp: data.sdp});
    else peer.receiveCandidates(data.candidates);
  }

  /**
   * Everybody gets this track, or none, from now on. A peer that cannot take it mends itself, and keeps nobody waiting.
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(source, track) {
    await Promise.all(Array.from(this.#peers.values(), ({peer}) => peer.setTrack(source, track)));
  }

  /** What comes over the connection to someone; null when there is none. @param {string} id */
  carrier(id) {
    const peer = this.#peers.get(id)?.peer;
    if (!peer) return null;
    const {stream, connection, connectedAt: since} = peer;
    return {key: DIRECT, stream, connection, since, audio: peer.receiver("microphone"), video: peer.receiver("camera")};
  }

  /** @param {string} id @returns {PeerState} */
  state(id) {
    return this.#peers.get(id)?.peer.state ?? "connecting";
  }

  /** @returns {Iterable<[string, Peer]>} */
  *peers() {
    for (const [id, {peer}] of this.#peers) yield [id, peer];
  }

  close() {
    for (const id of [...this.#peers.keys()]) this.#remove(id);
    this.#apart.clear();
    this.#roster = {self: "", participants: []};
    this.#online = false;
  }

  /** @param {string} id @returns {Pair} */
  #pair(id) {
    return this.#roster.pairs?.get(id) ?? {wanted: true, sends: true};
  }

  /** As another participant, or as a new generation of ourselves, nobody knows our connections. */
  #checkSelf() {
    const {self, participants} = this.#roster;
    const generation = participants.find(({id}) => id === self)?.generation ?? 0;
    if (self === this.#self && generation === this.#ownGeneration) return;
    for (const id of [...this.#peers.keys()]) this.#remove(id);
    this.#self = self;
    this.#ownGeneration = generation;
  }

  /**
   * @param {Participant} participant
   * @param {boolean} entering
   */
  #follow(participant, entering) {
    const {id, generation, presence} = participant;
    const entry = this.#peers.get(id);
    const {wanted, sends} = this.#pair(id);
    const apart = this.#apart.delete(id);
    if (wanted && entry && entry.generation === generation) {
      const back = presence === "here" && (entering || entry.presence !== "here");
      entry.presence = presence;
      entry.peer.setSending(sends);
      if (back) entry.peer.signallingBack();
      return;
    }
    if (entry) this.#remove(id);
    if (presence !== "here") return;
    if (wanted) this.#add(participant, entering || (apart && this.#roster.self < id));
    else this.#apart.add(id);
  }

  /**
   * @param {Participant} participant
   * @param {boolean} initiate
   * @returns {Entry}
   */
  #add({id, generation, presence}, initiate) {
    const address = {to: id, to_generation: generation};
    const peer = new Peer({
      polite: this.#roster.self < id,
      initiate,
      sends: this.#pair(id).sends,
      local: this.#local,
      peerCount: this.#peers.size + 1,
      clock: this.#clock,
      createConnection: () => this.#createConnection(this.#configuration),
      maySignal: () => this.#online && this.#peers.get(id)?.presence === "here",
      sendDescription: (description) => this.#send("send-description", {...address, ...description}),
      sendCandidates: (candidates) => this.#send("send-candidates", {...address, candidates}),
      onState: (state) => this.#onPeer(id, state),
      onUnreachable: () => {
        if (this.#online && this.#peers.get(id)?.presence === "here") this.#onUnreachable(id);
      },
    });
    const entry = {generation, presence, peer};
    this.#peers.set(id, entry);
    this.#onPeer(id, "connecting");
    return entry;
  }

  /** @param {string} id */
  #remove(id) {
    this.#peers.get(id)?.peer.close();
    this.#peers.delete(id);
    this.#onPeer(id, null);
  }
}

/** @param {RTCConfiguration} configuration */
const connect = (configuration) => new RTCPeerConnection(configuration);
