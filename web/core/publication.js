// What we send to the server, as long as it is wanted: a session that is made anew when it breaks.

import {Attempts} from "./attempts.js";
import {PublishSession} from "./publish-session.js";

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
    this.#connect = connect;
    this.#request = request;
    this.#maySignal = maySignal;
    this.#onChange = onChange;
    this.#attempts = new Attempts({clock, open: () => this.#open(), onBlocked: onChange});
  }
  #local;
  #connect;
  #request;
  #maySignal;
  #onChange;
  #attempts;
  #wanted = false;

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

  async networkChanged() {
    await this.#attempts.networkChanged(() => this.connection);
  }

  close() {
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
      this.#before?.close();
      this.#before = null;
    }
    this.#attempts.stateChanged(state);
    this.#onChange();
  }

  /** @param {unknown} error */
  #failed(error) {
    this.#attempts.refusedWith(error);
    this.#onChange();
  }
}
