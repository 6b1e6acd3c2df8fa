// How loud people are to be for everybody: the newest goes to the server, one at a time for each person, and what could
// not be said while it was away is said again when it is back.

import {isLost, wireError} from "./errors.js";
import {Latest} from "./latest.js";

const EVERY_MS = 125;

export class Gains {
  /** @type {Map<string, Latest<number>>} */
  #lines = new Map();
  /** @type {Map<string, number>} */
  #unsaid = new Map();

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, request: import("./publish-session.js").Request,
   *   onRefused: (error: import("./types.js").WireError) => void,
   * }} options `request` rejects with a Refusal
   */
  constructor({clock, request, onRefused}) {
    this.#clock = clock;
    this.#request = request;
    this.#onRefused = onRefused;
  }
  #clock;
  #request;
  #onRefused;

  /** @param {string} participantId @param {number} gainDb */
  set(participantId, gainDb) {
    this.#unsaid.delete(participantId);
    const send = (/** @type {number} */ db) => this.#send(participantId, db);
    const line = this.#lines.get(participantId) ?? new Latest({clock: this.#clock, everyMs: EVERY_MS, send});
    this.#lines.set(participantId, line);
    line.put(gainDb);
  }

  /** The server listens. */
  entered() {
    const unsaid = [...this.#unsaid];
    for (const [participantId, gainDb] of unsaid) this.set(participantId, gainDb);
  }

  close() {
    for (const line of this.#lines.values()) line.clear();
    this.#lines.clear();
    this.#unsaid.clear();
  }

  /** @param {string} participantId @param {number} gainDb */
  async #send(participantId, gainDb) {
    try {
      await this.#request("set-gain", {participant_id: participantId, gain_db: gainDb});
    } catch (error) {
      const refusal = wireError(error);
      if (isLost(refusal)) this.#unsaid.set(participantId, gainDb);
      // They may have left meanwhile.
      else if (refusal.code !== "no-such-participant") this.#onRefused(refusal);
    }
  }
}
