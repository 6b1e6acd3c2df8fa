// What the server sends us, as long as anybody comes that way: a session that is made anew when it breaks.

import {Attempts} from "./attempts.js";
import {AWAITED} from "./path.js";
import {decodableVideo} from "./simulcast.js";
import {SubscribeSession} from "./subscribe-session.js";

/** @typedef {import("./types.js").PeerState} PeerState */
/** @typedef {{session: string, number?: number, sdp?: string, streams?: any[]}} SubscribeFact */

export class Subscription {
  /** Newest last; an older one plays until what it carries has come on the newest. @type {SubscribeSession[]} */
  #sessions = [];
  #wanted = false;
  #wasConnected = false;

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, connect: () => RTCPeerConnection,
   *   request: import("./publish-session.js").Request, maySignal: () => boolean,
   *   onSubscribed: () => void, onChange: () => void,
   * }} options `onSubscribed`: the server made a session, which knows nothing of us yet; `onChange`: it carries
   *   others than before, or its state is another
   */
  constructor({clock, connect, request, maySignal, onSubscribed, onChange}) {
    this.#clock = clock;
    this.#connect = connect;
    this.#request = request;
    this.#maySignal = maySignal;
    this.#onSubscribed = onSubscribed;
    this.#onChange = onChange;
    this.#attempts = new Attempts({clock, open: () => this.#open(), onBlocked: onChange});
  }
  #clock;
  #connect;
  #request;
  #maySignal;
  #onSubscribed;
  #onChange;
  #attempts;

  get blocked() {
    return this.#attempts.blocked;
  }

  get refused() {
    return this.#attempts.refused;
  }

  get isWanted() {
    return this.#wanted;
  }

  /** @param {boolean} wanted */
  want(wanted) {
    if (wanted === this.#wanted) return;
    if (wanted) {
      this.#wanted = true;
      this.#attempts.start();
      return;
    }
    const session = this.#newest;
    this.close();
    if (session && this.#maySignal()) this.#request("unsubscribe", {session: session.id}).catch(() => undefined);
    this.#onChange();
  }

  /** The way on which people shall come: see path.js. */
  get key() {
    return this.#newest?.id ?? AWAITED;
  }

  /** @returns {RTCPeerConnection | null} */
  get connection() {
    return this.#newest?.connection ?? null;
  }

  /**
   * What a session carries of someone, and over which connection; null when it carries nothing of them.
   * @param {string} participantId
   * @param {string} key
   */
  carrier(participantId, key) {
    const session = this.#sessions.find(({id}) => id === key);
    const received = session?.received(participantId);
    if (!session?.connection || !received) return null;
    const {stream, receivers, since} = received;
    const {microphone: audio = null, camera: video = null} = receivers;
    return {key, stream, audio, video, since, connection: session.connection};
  }

  /** What the newest session that has anything of someone carries. @param {string} participantId */
  newestStream(participantId) {
    const carriers = this.#sessions.map(({id}) => this.carrier(participantId, id));
    return carriers.findLast((carrier) => carrier !== null)?.stream ?? null;
  }

  /** @returns {PeerState} */
  get state() {
    if (this.connection?.connectionState === "connected") return "connected";
    if (this.blocked) return "failed";
    return this.#wasConnected ? "reconnecting" : "connecting";
  }

  /** Closes what nobody is shown from any more. @param {Set<string>} keys */
  keep(keys) {
    const newest = this.#newest;
    for (const session of this.#sessions) if (session !== newest && !keys.has(session.id)) session.close();
    this.#sessions = this.#sessions.filter((session) => session === newest || keys.has(session.id));
  }

  /**
   * @param {string} name `subscription-offered`, `streams-changed` or `subscription-lost`
   * @param {SubscribeFact} data
   */
  receive(name, {session, number = 0, sdp = "", streams = []}) {
    const addressed = this.#newest;
    if (addressed === null || addressed.id !== session) return;
    if (name === "streams-changed") addressed.changed(streams);
    else if (name === "subscription-lost") this.#attempts.failed();
    else {
      addressed.offered({number, sdp, streams});
      this.#attempts.connecting();
    }
  }

  /** The server may have told us something that did not arrive: it is asked to say it again. */
  signallingBack() {
    const session = this.#newest;
    if (session?.connection?.connectionState === "connected") this.#subscribe(session);
    else this.#attempts.now();
  }

  async networkChanged() {
    await this.#attempts.networkChanged(() => this.connection);
  }

  close() {
    this.#wanted = false;
    this.#wasConnected = false;
    this.#attempts.stop();
    for (const session of this.#sessions.splice(0)) session.close();
  }

  get #newest() {
    return this.#sessions.at(-1) ?? null;
  }

  #open() {
    // Without signalling there is nothing to try; signallingBack() comes when there is.
    if (!this.#maySignal()) return;
    const session = new SubscribeSession({
      clock: this.#clock,
      connect: this.#connect,
      request: this.#request,
      onState: (state) => session === this.#newest && this.#stateChanged(state),
      onStreams: () => this.#onChange(),
      onFailed: (error) => session === this.#newest && this.#failed(error),
    });
    const [before] = this.#sessions.splice(-1);
    if (before?.connection?.connectionState === "connected") this.#sessions.push(before);
    else before?.close();
    this.#sessions.push(session);
    this.#subscribe(session);
    this.#onChange();
  }

  /** @param {SubscribeSession} session */
  #subscribe(session) {
    this.#request("subscribe", {session: session.id, codecs: decodableVideo()}).then(
      () => session === this.#newest && this.#onSubscribed(),
      (error) => session === this.#newest && this.#failed(error),
    );
  }

  /** @param {RTCPeerConnectionState} state */
  #stateChanged(state) {
    this.#wasConnected ||= state === "connected";
    this.#attempts.stateChanged(state);
    this.#onChange();
  }

  /** @param {unknown} error */
  #failed(error) {
    this.#attempts.refusedWith(error);
    this.#onChange();
  }
}
