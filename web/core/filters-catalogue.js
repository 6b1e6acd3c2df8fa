// Which filters the server has: asked for when somebody wants to know, and again when they are others.

import {wireError} from "./errors.js";

/** @typedef {import("./types.js").Filter} Filter */

const AGAIN_MS = 3_000;
const MOST_TRIES = 5;
/** The server will say the same the next time. */
const FINAL = new Set(["media-unavailable", "private-room", "not-permitted"]);

export class FiltersCatalogue {
  #wanted = false;
  #asking = false;
  /** Something changed while we were asking. */
  #stale = true;
  #tries = 0;
  /** @type {(() => void) | null} */
  #cancel = null;

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, request: import("./publish-session.js").Request,
   *   onFilters: (filters: Filter[]) => void, onGivenUp: (givenUp: boolean) => void,
   * }} options `onFilters`: none, where this server or this room has none; `onGivenUp`: the list did not come again and
   *   again, or is asked for anew
   */
  constructor({clock, request, onFilters, onGivenUp}) {
    this.#clock = clock;
    this.#request = request;
    this.#onFilters = onFilters;
    this.#onGivenUp = onGivenUp;
  }
  #clock;
  #request;
  #onFilters;
  #onGivenUp;

  /** Somebody wants to know. */
  want() {
    this.#wanted = true;
    this.#tries = 0;
    this.#ask();
  }

  /** They are others now. */
  changed() {
    this.#stale = true;
    this.#tries = 0;
    this.#ask();
  }

  close() {
    this.#wanted = false;
    this.#asking = false;
    this.#stale = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #ask() {
    if (!this.#wanted || !this.#stale || this.#asking) return;
    this.#cancel?.();
    this.#cancel = null;
    if (this.#tries === 0) this.#onGivenUp(false);
    this.#asking = true;
    this.#stale = false;
    this.#request("list-filters", {}).then(
      ({filters}) => this.#told(filters),
      (error) => this.#failed(error),
    );
  }

  /** @param {Filter[]} filters */
  #told(filters) {
    if (!this.#wanted) return;
    this.#asking = false;
    this.#onFilters(filters);
    this.#ask();
  }

  /** @param {unknown} error */
  #failed(error) {
    if (!this.#wanted) return;
    this.#asking = false;
    this.#stale = true;
    if (FINAL.has(wireError(error).code)) return this.#onFilters([]);
    this.#tries += 1;
    if (this.#tries < MOST_TRIES) this.#cancel = this.#clock.after(AGAIN_MS, () => this.#ask());
    else this.#onGivenUp(true);
    return undefined;
  }
}
