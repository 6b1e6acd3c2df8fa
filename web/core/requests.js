// Acknowledged requests over one connection, in order, with few on the way at a time.

import {offline, Refusal} from "./errors.js";

/** @typedef {import("./clock.js").Clock} Clock */
/** @typedef {import("./socket.js").Socket} Socket */
/**
 * @typedef {{
 *   order: number, name: string, data: object, tries: number,
 *   resolve: (ok: any) => void, reject: (error: Refusal) => void, cancelTimeout: () => void,
 * }} Waiting
 */

// Far below the 64 at which the server refuses, so that a burst of offers is slowed down and never refused.
const MAX_ON_THE_WAY = 16;
const MAX_WAITING = 512;
const ANSWER_TIMEOUT_MS = 10_000;
const MAX_TRIES = 5;
const DEFAULT_RETRY_S = 1;

export class RequestQueue {
  /** @type {Socket | null} */
  #socket = null;
  /** @type {Waiting[]} */
  #waiting = [];
  /** @type {Set<Waiting>} */
  #onTheWay = new Set();
  /** @type {(() => void) | null} */
  #cancelPause = null;
  #order = 0;

  /** @param {{clock: Clock, stuck: () => void}} options `stuck`: the server did not answer in time */
  constructor({clock, stuck}) {
    this.#clock = clock;
    this.#stuck = stuck;
  }
  #clock;
  #stuck;

  /** @param {Socket} socket */
  open(socket) {
    this.#socket = socket;
  }

  /** Refuses everything that has no answer yet: the caller decides what is worth sending again. */
  close() {
    this.#socket = null;
    this.#cancelPause?.();
    this.#cancelPause = null;
    const refused = [...this.#onTheWay, ...this.#waiting];
    this.#onTheWay.clear();
    this.#waiting = [];
    for (const request of refused) {
      request.cancelTimeout();
      request.reject(offline());
    }
  }

  /**
   * @param {string} name
   * @param {object} data
   * @returns {Promise<any>}
   */
  add(name, data) {
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new Refusal({code: "rate-limited", message: "Too many requests are waiting."}));
    }
    return new Promise((resolve, reject) => {
      this.#order += 1;
      this.#waiting.push({order: this.#order, name, data, tries: 0, resolve, reject, cancelTimeout: () => {}});
      this.#send();
    });
  }

  #send() {
    while (this.#socket && !this.#cancelPause && this.#onTheWay.size < MAX_ON_THE_WAY) {
      const request = this.#waiting.shift();
      if (!request) return;
      this.#onTheWay.add(request);
      request.tries += 1;
      request.cancelTimeout = this.#clock.after(ANSWER_TIMEOUT_MS, () => this.#stuck());
      this.#socket.emit(request.name, request.data, (answer) => this.#answered(request, answer));
    }
  }

  /**
   * @param {Waiting} request
   * @param {any} answer
   */
  #answered(request, answer) {
    if (!this.#onTheWay.delete(request)) return;
    request.cancelTimeout();
    if (!answer.error) request.resolve(answer.ok);
    else if (answer.error.code === "rate-limited" && request.tries < MAX_TRIES) this.#again(request, answer.error);
    else request.reject(new Refusal(answer.error));
    this.#send();
  }

  /**
   * @param {Waiting} request
   * @param {import("./types.js").WireError} error
   */
  #again(request, error) {
    this.#waiting.push(request);
    this.#waiting.sort((a, b) => a.order - b.order);
    this.#cancelPause ??= this.#clock.after((error.retry_after_s ?? DEFAULT_RETRY_S) * 1000, () => {
      this.#cancelPause = null;
      this.#send();
    });
  }
}
