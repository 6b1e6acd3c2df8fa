// When to make a connection with the server anew: at once after one that worked, then more and more rarely.

import {NO_ROOM, Refusal} from "./errors.js";
import {hasPulse} from "./pulse.js";

/** @typedef {import("./clock.js").Clock} Clock */

const DELAYS_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const CONNECT_WITHIN_MS = 10_000;
const DISCONNECTED_MS = 2_000;
const STEADY_MS = 10_000;
/** A server that answers signalling and never connects, twice: something on the way lets no media through. */
const HOPELESS = 2;

export class Attempts {
  /** It cannot be made, as far as one can tell. */
  blocked = false;
  /** The server has no room for it now. */
  refused = false;
  #running = false;
  #failures = 0;
  /** Those since it last was connected. */
  #inVain = 0;
  /** Whether the next one is waited for, and not the present one. */
  #resting = false;
  /** Whether the present one has been given its ten seconds. */
  #limited = false;
  /** @type {number | null} */
  #connectedAt = null;
  /** @type {(() => void) | null} */
  #cancel = null;

  /**
   * @param {{clock: Clock, open: () => void, onBlocked: () => void}} options `open` makes the next connection;
   *   `onBlocked`: `blocked` is another
   */
  constructor({clock, open, onBlocked}) {
    this.#clock = clock;
    this.#open = open;
    this.#onBlocked = onBlocked;
  }
  #clock;
  #open;
  #onBlocked;

  /** Makes the first connection now. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.#begin();
  }

  stop() {
    this.#running = false;
    this.#resting = false;
    this.refused = false;
    this.#failures = 0;
    this.#connectedAt = null;
    this.#wait();
    this.#count(0);
  }

  /** The descriptions are on their way: from now on it has ten seconds. */
  connecting() {
    // Further descriptions of the same connection give it no more time.
    if (!this.#running || this.#connectedAt !== null || this.#resting || this.#limited) return;
    this.#wait(CONNECT_WITHIN_MS, () => this.#inVainAgain());
    this.#limited = true;
  }

  /** @param {RTCPeerConnectionState} state of the newest connection */
  stateChanged(state) {
    if (!this.#running) return;
    // What was given up already may still come to its end, which says nothing about the next one.
    if (this.#resting && state !== "connected") return;
    if (state === "connected") {
      this.#resting = false;
      this.refused = false;
      this.#connectedAt ??= this.#clock.now();
      this.#wait();
      this.#count(0);
    } else if (state === "connecting" && this.#connectedAt !== null) {
      // The server has begun anew, within the same session.
      this.#connectedAt = null;
      this.connecting();
    } else if (state === "disconnected") {
      this.#wait(DISCONNECTED_MS, () => this.failed());
    } else if (state === "failed") {
      if (this.#connectedAt === null) this.#inVainAgain();
      else this.failed();
    }
  }

  /**
   * It is gone, or was refused: the next one comes after a while.
   * @param {number} [leastMs]
   */
  failed(leastMs = 0) {
    if (!this.#running) return;
    const steady = this.#connectedAt !== null && this.#clock.now() - this.#connectedAt >= STEADY_MS;
    if (steady) this.#failures = 0;
    this.#connectedAt = null;
    const delayMs = DELAYS_MS[Math.min(this.#failures, DELAYS_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#resting = true;
    this.#wait(Math.max(leastMs, delayMs), () => this.#begin());
  }

  /** A request that it needs was not granted, or not answered. @param {unknown} error */
  refusedWith(error) {
    if (!(error instanceof Refusal)) console.warn("the server did not answer", error);
    this.refused = error instanceof Refusal && NO_ROOM.has(error.code);
    this.failed(error instanceof Refusal ? (error.retryAfterS ?? 0) * 1_000 : 0);
  }

  /**
   * What still carries something goes on: the browser may have found the way over the new network by itself.
   * @param {() => RTCPeerConnection | null} newest
   */
  async networkChanged(newest) {
    const connection = newest();
    if (connection?.connectionState !== "connected") {
      if (this.#resting) this.now();
      return;
    }
    const lives = await hasPulse(connection, this.#clock);
    if (!lives && connection === newest()) this.now();
  }

  /** The present connection is of no use any more, or there is none. */
  now() {
    if (!this.#running) return;
    this.#failures = 0;
    this.#connectedAt = null;
    this.#begin();
  }

  #begin() {
    this.#resting = false;
    this.#wait();
    this.#open();
  }

  #inVainAgain() {
    this.#count(this.#inVain + 1);
    this.failed();
  }

  /** @param {number} inVain */
  #count(inVain) {
    this.#inVain = inVain;
    const before = this.blocked;
    this.blocked = inVain >= HOPELESS;
    if (this.blocked !== before) this.#onBlocked();
  }

  /**
   * One thing is waited for at a time.
   * @param {number} [delayMs]
   * @param {() => void} [then]
   */
  #wait(delayMs, then) {
    this.#cancel?.();
    this.#cancel = null;
    this.#limited = false;
    if (delayMs === undefined || !then) return;
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = null;
      this.#limited = false;
      then();
    });
  }
}
