// When to try again with one peer, and how hard: a resync (which restarts ICE) first, a new connection when that
// does not help.

/** @typedef {import("./clock.js").Clock} Clock */

const DISCONNECTED_MS = 3_000;
const NETWORK_CHANGE_MS = 2_000;
const ATTEMPT_MS = 15_000;
const LONGEST_BACKOFF_MS = 8_000;
const BETWEEN_MENDS_MS = 15_000;

export class Recovery {
  #attempts = 0;
  /** @type {(() => void) | null} */
  #cancel = null;
  /** @type {(() => void) | null} */
  #cancelMend = null;
  #mendFrom = 0;

  /**
   * @param {{
   *   clock: Clock, firstMs: number, restarts: number,
   *   isConnected: () => boolean, maySignal: () => boolean,
   *   resync: (attempts: number) => void, rebuild: () => void, exhausted: () => void,
   * }} options `firstMs`: how long the first connection may take; `restarts`: how many before a new connection;
   *   `maySignal`: whether a description would reach the other side; `resync` is told which attempt it is.
   */
  constructor({clock, firstMs, restarts, isConnected, maySignal, resync, rebuild, exhausted}) {
    this.#clock = clock;
    this.#restarts = restarts;
    this.#isConnected = isConnected;
    this.#maySignal = maySignal;
    this.#resync = resync;
    this.#rebuild = rebuild;
    this.#exhausted = exhausted;
    this.#schedule(firstMs);
  }
  #clock;
  #restarts;
  #isConnected;
  #maySignal;
  #resync;
  #rebuild;
  #exhausted;

  /** @param {RTCPeerConnectionState} state */
  stateChanged(state) {
    if (state === "connected") {
      this.#attempts = 0;
      this.#stop();
    } else if (state === "disconnected") {
      this.#schedule(DISCONNECTED_MS);
    } else if (state === "failed") {
      this.#schedule(this.#attempts === 0 ? 0 : Math.min(LONGEST_BACKOFF_MS, 1_000 * 2 ** (this.#attempts - 1)));
    }
  }

  networkChanged() {
    if (this.#attempts === 0) this.#schedule(NETWORK_CHANGE_MS);
  }

  /** Descriptions reach the other side again: we came back to the server, or they did. */
  signallingBack() {
    if (this.#isConnected()) return;
    this.#stop();
    this.#try();
  }

  /**
   * The connection stands, but does not carry our media any more: it needs a new one. Soon, and rarely: the other side
   * may have broken it on purpose.
   */
  broken() {
    this.#cancelMend ??= this.#clock.after(Math.max(0, this.#mendFrom - this.#clock.now()), () => {
      this.#mendFrom = this.#clock.now() + BETWEEN_MENDS_MS;
      this.#rebuild();
      this.#schedule(ATTEMPT_MS);
    });
  }

  /** There is a new connection; what was broken in the one before is gone. */
  rebuilt() {
    this.#cancelMend?.();
    this.#cancelMend = null;
  }

  close() {
    this.#stop();
    this.rebuilt();
  }

  #try() {
    // Without signalling there is nothing to try; signallingBack() comes when there is.
    if (this.#isConnected() || !this.#maySignal()) return;
    this.#attempts += 1;
    this.#schedule(ATTEMPT_MS);
    const round = this.#restarts + 1;
    if (this.#attempts > round) this.#exhausted();
    if (this.#attempts % round === 0) this.#rebuild();
    else this.#resync(this.#attempts);
  }

  /** @param {number} delayMs */
  #schedule(delayMs) {
    this.#stop();
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = null;
      this.#try();
    });
  }

  #stop() {
    this.#cancel?.();
    this.#cancel = null;
  }
}
