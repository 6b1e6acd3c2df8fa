// What we send to the server, as long as it is wanted: a session that is made anew when it breaks.

import {Attempts} from "./attempts.js";
import {NO_ROOM, Refusal} from "./errors.js";
import {PublishSession} from "./publish-session.js";
import {hasPulse} from "./pulse.js";

/** @typedef {import("./types.js").Source} Source */
/** @typedef {{session: string, rids?: string[]}} PublishFact */

const ALL_LAYERS = ["q", "h", "f"];

export class Publication {
  /** The newest session. @type {PublishSession | null} */
  #session = null;
  /** The one before, which goes on sending until the newest is connected. @type {PublishSession | null} */
  #before = null;

  /**
   * @param {{
   *   local: import("./peer.js").LocalMedia, clock: import("./clock.js").Clock,
   *   connect: () => RTCPeerConnection, request: import("./publish-session.js").Request, maySignal: () => boolean,
   *   onChange: () => void,
   * }} options `onChange`: state, or blocked, is another
   */
  constructor({local, clock, connect, request, maySignal, onChange}) {
    this.#local = local;
    this.#clock = clock;
    this.#connect = connect;
    this.#request = request;
    this.#maySignal = maySignal;
    this.#onChange = onChange;
    this.#attempts = new Attempts({
      clock,
      open: () => this.#open(),
      onBlocked: (blocked) => {
        this.blocked = blocked;
        onChange();
      },
    });
  }
  #local;
  #clock;
  #connect;
  #request;
  #maySignal;
  #onChange;
  #attempts;
  #wanted = false;
  /** It cannot be made, as far as one can tell. */
  blocked = false;
  /** The server has no room for it now. */
  refused = false;

  get isWanted() {
    return this.#wanted;
  }

  /** @param {boolean} wanted */
  want(wanted) {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) {
      this.#attempts.start();
      return;
    }
    const session = this.#session;
    this.close();
    if (session && this.#maySignal()) this.#request("unpublish", {session: session.id}).catch(() => undefined);
    this.#onChange();
  }

  /** @returns {RTCPeerConnection | null} */
  get connection() {
    return this.#session?.connection ?? null;
  }

  /**
   * @param {string} name `layers-wanted`, `publish-again` or `publish-lost`
   * @param {PublishFact} data
   */
  receive(name, {session, rids = []}) {
    const addressed = this.#session;
    if (addressed === null || addressed.id !== session) return;
    if (name === "layers-wanted") addressed.sendLayers(rids);
    else if (name === "publish-again") addressed.offer();
    else this.#attempts.failed();
  }

  /**
   * @param {Source} source
   * @param {MediaStreamTrack | null} track
   */
  async setTrack(source, track) {
    await Promise.all([this.#session?.setTrack(source, track), this.#before?.setTrack(source, track)]);
  }

  /** The server may have told us something that did not arrive: a session that works is offered again, with all of it. */
  signallingBack() {
    if (!this.#session || this.#session.connection.connectionState !== "connected") return this.#attempts.now();
    this.#session.sendLayers(ALL_LAYERS);
    this.#session.offer();
  }

  /** What still reaches the server goes on: the browser may have found the way over the new network by itself. */
  async networkChanged() {
    const {connection} = this;
    if (connection?.connectionState !== "connected") return this.#attempts.hurry();
    const lives = await hasPulse(connection, this.#clock);
    if (!lives && connection === this.connection) this.#attempts.now();
  }

  close() {
    this.refused = false;
    this.#wanted = false;
    this.#attempts.stop();
    this.#session?.close();
    this.#before?.close();
    this.#session = null;
    this.#before = null;
  }

  #open() {
    // Without signalling there is nothing to try; signallingBack() comes when there is.
    if (!this.#maySignal()) return;
    this.#replace();
    const session = new PublishSession({
      connection: this.#connect(),
      local: this.#local,
      request: this.#request,
      onState: (state) => session === this.#session && this.#stateChanged(state),
      onFailed: (error) => session === this.#session && this.#failed(error),
    });
    this.#session = session;
    session.offer();
    this.#attempts.connecting();
    this.#onChange();
  }

  /** What sends goes on sending; what never did is of no use. */
  #replace() {
    const last = this.#session;
    this.#session = null;
    if (last?.connection.connectionState === "connected") {
      this.#before?.close();
      this.#before = last;
    } else {
      last?.close();
    }
  }

  /** @param {RTCPeerConnectionState} state */
  #stateChanged(state) {
    if (state === "connected") {
      this.refused = false;
      this.#before?.close();
      this.#before = null;
    }
    this.#attempts.stateChanged(state);
    this.#onChange();
  }

  /** @param {unknown} error */
  #failed(error) {
    if (!(error instanceof Refusal)) console.warn("publishing failed", error);
    this.refused = error instanceof Refusal && NO_ROOM.has(error.code);
    this.#attempts.failed(error instanceof Refusal ? (error.retryAfterS ?? 0) * 1_000 : 0);
    this.#onChange();
  }
}
