// Perfect negotiation (W3C WebRTC, section 10.7) for one peer connection, with trickle ICE.
//
// Everything that touches the session descriptions runs in one chain, so the pattern needs no flag for "an offer is
// being made": when a step begins, signalingState tells the truth.

import {systemClock} from "./clock.js";
import {ufrags, withoutCandidates} from "./sdp.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {{type: "offer" | "answer", sdp: string}} Description */

const MAX_CANDIDATES = 30;
const MAX_EARLY = 60;
const BATCH_MS = 20;

export class Negotiator {
  /** @type {Promise<void>} */
  #chain = Promise.resolve();
  #closed = false;
  /** Candidates from the other side whose description is not here yet. @type {RTCIceCandidateInit[]} */
  #early = [];
  /** Candidates of ours that belong to the present local description. @type {RTCIceCandidateInit[]} */
  #sent = [];
  /** @type {RTCIceCandidateInit[]} */
  #batch = [];
  /** @type {(() => void) | null} */
  #cancelBatch = null;
  /** @type {Set<string>} */
  #oldRemote = new Set();
  #ufragsBefore = "";
  #restarted = false;

  /**
   * @param {{
   *   connection: RTCPeerConnection, polite: boolean, clock?: Clock,
   *   sendDescription: (description: Description) => void,
   *   sendCandidates: (candidates: RTCIceCandidateInit[]) => void,
   *   beforeAnswer: () => Promise<void>,
   *   failed: (error: unknown) => void,
   * }} options `beforeAnswer` prepares the transceivers of an offer that was just applied.
   */
  constructor({connection, polite, clock = systemClock, sendDescription, sendCandidates, beforeAnswer, failed}) {
    this.#connection = connection;
    this.#polite = polite;
    this.#clock = clock;
    this.#sendDescription = sendDescription;
    this.#sendCandidates = sendCandidates;
    this.#beforeAnswer = beforeAnswer;
    this.#failed = failed;
    connection.onnegotiationneeded = () => void this.#then(() => this.#offer());
    connection.onicecandidate = ({candidate}) => candidate && this.#gathered(candidate.toJSON());
  }
  #connection;
  #polite;
  #clock;
  #sendDescription;
  #sendCandidates;
  #beforeAnswer;
  #failed;

  /** @param {Description} description */
  receiveDescription(description) {
    return this.#then(() => this.#apply(description));
  }

  /** @param {RTCIceCandidateInit[]} candidates */
  receiveCandidates(candidates) {
    return this.#then(() => this.#add(candidates));
  }

  /** Something may have been lost on the way: says again what has no answer, or restarts ICE. */
  resync() {
    return this.#then(async () => {
      if (this.#connection.signalingState === "have-local-offer") {
        this.#send();
        this.#trickle(this.#sent.splice(0));
      } else if (this.#connection.connectionState !== "connected") {
        this.#connection.restartIce();
      }
    });
  }

  close() {
    this.#closed = true;
    this.#cancelBatch?.();
    this.#connection.onnegotiationneeded = null;
    this.#connection.onicecandidate = null;
  }

  /**
   * @param {() => Promise<void>} step
   * @returns {Promise<void>} settles when the step is done; a failure is told to `failed`, the chain goes on
   */
  #then(step) {
    this.#chain = this.#chain.then(async () => {
      if (this.#closed) return;
      try {
        await step();
      } catch (error) {
        if (!this.#closed) this.#failed(error);
      }
    });
    return this.#chain;
  }

  async #offer() {
    // The browser fires the event again when we are stable and still need to negotiate.
    if (this.#connection.signalingState !== "stable") return;
    await this.#connection.setLocalDescription();
    this.#described();
  }

  /** @param {Description} description */
  async #apply(description) {
    const {signalingState, remoteDescription} = this.#connection;
    const collision = description.type === "offer" && signalingState !== "stable";
    if (collision && !this.#polite) return;
    if (description.type === "answer" && !this.#isAwaited(description.sdp)) return;
    if (remoteDescription) this.#retire(remoteDescription.sdp, description.sdp);
    await this.#connection.setRemoteDescription(description);
    if (description.type === "offer") {
      await this.#beforeAnswer();
      await this.#connection.setLocalDescription();
      this.#described();
    }
    await this.#add(this.#early.splice(0));
  }

  /**
   * False for the answer to an offer that was taken back or is answered already, and for an answer that crossed our
   * ICE restart: it still carries the credentials from before.
   * @param {string} sdp
   */
  #isAwaited(sdp) {
    const {signalingState, remoteDescription} = this.#connection;
    if (signalingState !== "have-local-offer") return false;
    return !(this.#restarted && remoteDescription && key(remoteDescription.sdp) === key(sdp));
  }

  /**
   * @param {string} before
   * @param {string} now
   */
  #retire(before, now) {
    const current = ufrags(now);
    for (const ufrag of ufrags(before)) if (!current.has(ufrag)) this.#oldRemote.add(ufrag);
  }

  /** A new local description stands: others hear of it, and the count of candidates begins again. */
  #described() {
    const now = key(this.#connection.localDescription?.sdp ?? "");
    this.#restarted = this.#ufragsBefore !== "" && now !== this.#ufragsBefore;
    if (now !== this.#ufragsBefore) this.#sent = [];
    this.#ufragsBefore = now;
    this.#send();
  }

  #send() {
    const {localDescription} = this.#connection;
    if (!localDescription) return;
    const type = localDescription.type === "offer" ? "offer" : "answer";
    this.#sendDescription({type, sdp: withoutCandidates(localDescription.sdp)});
  }

  /** @param {RTCIceCandidateInit} candidate */
  #gathered(candidate) {
    // Browsers only dial TCP, they never listen: two of them cannot use such a pair.
    if (/ tcptype active\b/.test(candidate.candidate ?? "")) return;
    this.#batch.push(candidate);
    this.#cancelBatch ??= this.#clock.after(BATCH_MS, () => {
      this.#cancelBatch = null;
      this.#trickle(this.#batch.splice(0));
    });
  }

  /** @param {RTCIceCandidateInit[]} candidates */
  #trickle(candidates) {
    const current = ufrags(this.#connection.localDescription?.sdp ?? "");
    const fresh = candidates
      .filter(({usernameFragment}) => !usernameFragment || current.has(usernameFragment))
      .slice(0, MAX_CANDIDATES - this.#sent.length);
    if (fresh.length === 0) return;
    this.#sent.push(...fresh);
    this.#sendCandidates(fresh);
  }

  /** @param {RTCIceCandidateInit[]} candidates */
  async #add(candidates) {
    const {remoteDescription} = this.#connection;
    const current = ufrags(remoteDescription?.sdp ?? "");
    for (const candidate of candidates) {
      const ufrag = candidate.usernameFragment;
      if (remoteDescription && (!ufrag || current.has(ufrag))) {
        await this.#connection.addIceCandidate(candidate).catch(this.#failed);
      } else if (!ufrag || !this.#oldRemote.has(ufrag)) {
        this.#keep(candidate);
      }
    }
  }

  /** @param {RTCIceCandidateInit} candidate */
  #keep(candidate) {
    this.#early.push(candidate);
    if (this.#early.length > MAX_EARLY) this.#early.shift();
  }
}

/** @param {string} sdp */
const key = (sdp) => [...ufrags(sdp)].join();
