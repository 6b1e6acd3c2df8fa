// The way to one other participant: a peer connection with one audio and one video transceiver, both there from the
// start, so that nothing that happens to our devices ever needs a new description.

import {AUDIO_BPS, limitSender, videoLimits} from "./bitrate.js";
import {systemClock} from "./clock.js";
import {Negotiator} from "./negotiator.js";
import {Recovery} from "./recovery.js";
import {sessionId} from "./sdp.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./negotiator.js").Description} Description */
/** @typedef {import("./types.js").PeerState} PeerState */
/** @typedef {import("./types.js").Source} Source */
/**
 * Our own media as the peers need it: the stable stream that names it, and what each source sends now.
 * @typedef {{stream: MediaStream, track: (source: Source) => MediaStreamTrack | null}} LocalMedia
 */

const KINDS = /** @type {const} */ ({microphone: "audio", camera: "video"});
const SOURCES = /** @type {Source[]} */ (Object.keys(KINDS));
const FIRST_CONNECTION_MS = 15_000;
const WAIT_FOR_OFFER_MS = 6_000;
const OUT_OF_REACH_MS = 8_000;
const MAX_RETIRED = 8;
// A picture that stops and goes on within a few seconds is a freeze to the browser on the other side, and to its
// statistics; after six it is a pause.
const REST_MS = 7_000;
// The two sides do not rebuild at the same time.
const RESTARTS = {polite: 2, impolite: 3};

export class Peer {
  /** Stays the same through every reconnect; its tracks change when the connection is rebuilt. */
  stream = new MediaStream();
  /** @type {RTCPeerConnection} */
  connection;
  /** @type {Negotiator} */
  #negotiator;
  /** @type {Record<Source, RTCRtpTransceiver | null>} */
  #transceivers = {microphone: null, camera: null};
  #remoteSession = "";
  /** @type {Set<string>} */
  #retiredSessions = new Set();
  /** @type {PeerState} */
  #state = "connecting";
  #wasConnected = false;
  #peerCount = 1;
  #sending = true;
  /** @type {(() => void) | null} */
  #cancelResume = null;
  /** @type {(() => void) | null} */
  #cancelReach = null;
  #stoppedAt = -Infinity;
  /** When the present connection was there first; now as long as it is not. @type {number | null} */
  #connectedAt = null;

  /**
   * @param {{
   *   polite: boolean, initiate: boolean, sends?: boolean, local: LocalMedia, peerCount: number, clock?: Clock,
   *   createConnection: () => RTCPeerConnection, maySignal: () => boolean,
   *   sendDescription: (description: Description) => void,
   *   sendCandidates: (candidates: RTCIceCandidateInit[]) => void,
   *   onState: (state: PeerState) => void, onUnreachable?: () => void,
   * }} options `initiate`: we make the offer; otherwise the other side does. `sends`: our media goes this way.
   *   `onUnreachable`: both sides have spoken, and still there is no way between them.
   */
  constructor({initiate, peerCount, sends = true, ...options}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#peerCount = peerCount;
    this.#sending = sends;
    this.#recovery = new Recovery({
      clock: this.#clock,
      firstMs: initiate ? FIRST_CONNECTION_MS : WAIT_FOR_OFFER_MS,
      restarts: options.polite ? RESTARTS.polite : RESTARTS.impolite,
      isConnected: () => this.connection.connectionState === "connected",
      maySignal: options.maySignal,
      resync: (attempts) => this.#resync(attempts),
      rebuild: () => this.#rebuild({initiate: true}),
      exhausted: () => {
        if (this.#state !== "failed") options.onUnreachable?.();
        this.#setState("failed");
      },
    });
    this.connection = this.#open();
    this.#negotiator = this.#negotiate(this.connection);
    if (initiate) this.#addTransceivers();
  }
  #options;
  #clock;
  #recovery;

  /** @param {Description} description */
  receiveDescription(description) {
    const session = sessionId(description.sdp);
    if (this.#retiredSessions.has(session)) return;
    if (description.type === "offer" && this.#isFirstGlare) {
      // A fresh connection for their offer, instead of a rollback, leaves no transceivers of ours behind.
      if (!this.#options.polite) return;
      this.#rebuild({initiate: false});
    }
    if (this.#remoteSession && session !== this.#remoteSession) {
      if (description.type === "answer") return;
      this.#rebuild({initiate: false});
    }
    this.#remoteSession = session;
    const negotiator = this.#negotiator;
    this.#expectReach();
    void negotiator.receiveDescription(description).then(() => {
      // An offer may take back the media that it had.
      const stopped = SOURCES.some((source) => isStopped(this.#transceivers[source]));
      if (description.type === "offer" && negotiator === this.#negotiator && stopped) this.#recovery.broken();
    });
  }

  /** @param {RTCIceCandidateInit[]} candidates */
  receiveCandidates(candidates) {
    void this.#negotiator.receiveCandidates(candidates);
  }

  /**
   * Sends another track, or none, from now on.
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(source, track) {
    const {connection} = this;
    try {
      await this.#transceivers[source]?.sender.replaceTrack(this.#sending ? track : null);
    } catch (error) {
      // Closed or rebuilt meanwhile, it has its track from the start, or needs none.
      if (connection !== this.connection || connection.signalingState === "closed") return;
      console.warn("a peer cannot take the track", error);
      this.#recovery.broken();
    }
  }

  /**
   * Whether our media goes this way. After a stop it rests for a while before it goes on.
   * @param {boolean} on
   */
  setSending(on) {
    if (on === (this.#sending || this.#cancelResume !== null)) return;
    this.#cancelResume?.();
    this.#cancelResume = null;
    if (on) {
      const restMs = this.#stoppedAt + REST_MS - this.#clock.now();
      if (restMs <= 0) this.#send(true);
      else this.#cancelResume = this.#clock.after(restMs, () => this.#send(true));
    } else if (this.#sending) {
      this.#stoppedAt = this.#clock.now();
      this.#send(false);
    }
  }

  /** @param {number} count how many peers share what we may send */
  setPeerCount(count) {
    if (count === this.#peerCount) return;
    this.#peerCount = count;
    void this.#limit();
  }

  signallingBack() {
    this.#recovery.signallingBack();
  }

  networkChanged() {
    this.#recovery.networkChanged();
  }

  /** @param {Source} source @returns {RTCRtpReceiver | null} */
  receiver(source) {
    return this.#transceivers[source]?.receiver ?? null;
  }

  get state() {
    return this.#state;
  }

  /** Milliseconds, by the clock. */
  get connectedAt() {
    return this.#connectedAt ?? this.#clock.now();
  }

  close() {
    this.#cancelResume?.();
    this.#cancelReach?.();
    this.#recovery.close();
    this.#shut();
  }

  /** Both have spoken: a way that is not found soon is most likely none. Said once; the search goes on. */
  #expectReach() {
    this.#cancelReach ??= this.#clock.after(OUT_OF_REACH_MS, () => {
      if (!this.#wasConnected) this.#options.onUnreachable?.();
    });
  }

  /** We have offered and never heard anything: an offer now is the same step from the other side. */
  get #isFirstGlare() {
    return this.#transceivers.microphone !== null && this.connection.remoteDescription === null;
  }

  #open() {
    const connection = this.#options.createConnection();
    connection.ontrack = ({track}) => {
      for (const old of this.stream.getTracks()) if (old.kind === track.kind) this.stream.removeTrack(old);
      this.stream.addTrack(track);
    };
    connection.onconnectionstatechange = () => {
      this.#recovery.stateChanged(connection.connectionState);
      this.#connectionStateChanged(connection.connectionState);
    };
    return connection;
  }

  /** @param {RTCPeerConnection} connection */
  #negotiate(connection) {
    return new Negotiator({
      connection,
      polite: this.#options.polite,
      clock: this.#clock,
      sendDescription: this.#options.sendDescription,
      sendCandidates: this.#options.sendCandidates,
      beforeAnswer: () => this.#adoptTransceivers(),
      failed: (error) => console.warn("negotiation failed", error),
    });
  }

  /** @param {boolean} on */
  #send(on) {
    this.#cancelResume = null;
    this.#sending = on;
    for (const source of SOURCES) void this.setTrack(source, this.#options.local.track(source));
  }

  /** @param {Source} source */
  #track(source) {
    return this.#sending ? this.#options.local.track(source) : null;
  }

  #shut() {
    const {connection} = this;
    this.#negotiator.close();
    connection.ontrack = null;
    connection.onconnectionstatechange = null;
    connection.close();
  }

  /** @param {{initiate: boolean}} options */
  #rebuild({initiate}) {
    this.#shut();
    this.#recovery.rebuilt();
    if (this.#remoteSession) this.#retire(this.#remoteSession);
    this.#remoteSession = "";
    this.#transceivers = {microphone: null, camera: null};
    this.#connectedAt = null;
    this.#stoppedAt = -Infinity;
    this.connection = this.#open();
    this.#negotiator = this.#negotiate(this.connection);
    if (initiate) this.#addTransceivers();
  }

  /** @param {string} session what still comes from it is late; only so late, that a few are enough to know */
  #retire(session) {
    this.#retiredSessions.add(session);
    const [oldest] = this.#retiredSessions;
    if (this.#retiredSessions.size > MAX_RETIRED && oldest !== undefined) this.#retiredSessions.delete(oldest);
  }

  /** @param {number} attempts */
  #resync(attempts) {
    // A restart was in vain: trying again is well, but another way should be found meanwhile.
    if (this.#wasConnected && attempts === 2) this.#options.onUnreachable?.();
    // Nobody offered: then we do.
    if (!this.#transceivers.microphone) this.#addTransceivers();
    else void this.#negotiator.resync();
  }

  #addTransceivers() {
    const {local} = this.#options;
    for (const source of SOURCES) {
      const encoding = source === "camera" ? videoLimits(this.#peerCount) : {maxBitrate: AUDIO_BPS};
      this.#transceivers[source] = this.connection.addTransceiver(this.#track(source) ?? KINDS[source], {
        direction: "sendrecv",
        streams: [local.stream],
        sendEncodings: [encoding],
      });
    }
  }

  /** Takes the transceivers of the first offer as ours; later offers have the same. */
  async #adoptTransceivers() {
    const {local} = this.#options;
    for (const source of SOURCES) {
      if (this.#transceivers[source]) continue;
      const usable = this.connection.getTransceivers().filter((one) => !isStopped(one));
      const offered = usable.find((one) => one.receiver.track.kind === KINDS[source]);
      if (!offered) continue;
      this.#transceivers[source] = offered;
      offered.direction = "sendrecv";
      offered.sender.setStreams(local.stream);
      await offered.sender.replaceTrack(this.#track(source));
    }
    await this.#limit();
  }

  async #limit() {
    const {microphone, camera} = this.#transceivers;
    try {
      if (microphone) await limitSender(microphone.sender, {maxBitrate: AUDIO_BPS});
      if (camera) await limitSender(camera.sender, videoLimits(this.#peerCount));
    } catch (error) {
      // A description came in between, or the end; being connected sets the limits once more.
      if (this.connection.connectionState === "connected") console.debug("limits not set", error);
    }
  }

  /** @param {RTCPeerConnectionState} state */
  #connectionStateChanged(state) {
    if (state === "connected") {
      this.#wasConnected = true;
      this.#connectedAt ??= this.#clock.now();
      this.#setState("connected");
      void this.#limit();
    } else if (this.#wasConnected && this.#state !== "failed") {
      this.#setState("reconnecting");
    }
  }

  /** @param {PeerState} state */
  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }
}

/** @param {RTCRtpTransceiver | null} transceiver */
const isStopped = (transceiver) => transceiver?.direction === "stopped" || transceiver?.currentDirection === "stopped";
