// Sends the newest of something: one on its way at a time, and not faster than the server likes.

/** @template T */
export class Latest {
  /** @type {{value: T} | null} */
  #next = null;
  #sending = false;
  /** @type {(() => void) | null} */
  #cancelRest = null;
  /** Counts the ends: what is answered after one concerns nobody. */
  #turn = 0;

  /**
   * @param {{clock: import("./clock.js").Clock, everyMs: number, send: (value: T) => Promise<void>}} options `send`
   *   deals with its own failures: what it rejects with is only logged
   */
  constructor({clock, everyMs, send}) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#send = send;
  }
  #clock;
  #everyMs;
  #send;

  /** Whether something is on its way, or waits for its turn. */
  get busy() {
    return this.#sending || this.#next !== null;
  }

  /** @param {T} value takes the place of one that waits */
  put(value) {
    this.#next = {value};
    this.#go();
  }

  /** Forgets what waits. */
  clear() {
    this.#next = null;
    this.#sending = false;
    this.#cancelRest?.();
    this.#cancelRest = null;
    this.#turn += 1;
  }

  #go() {
    if (!this.#next || this.#sending || this.#cancelRest) return;
    const {value} = this.#next;
    const turn = this.#turn;
    this.#next = null;
    this.#sending = true;
    this.#cancelRest = this.#clock.after(this.#everyMs, () => {
      this.#cancelRest = null;
      this.#go();
    });
    void this.#send(value)
      .catch((error) => console.debug("not sent", error))
      .finally(() => {
        if (turn !== this.#turn) return;
        this.#sending = false;
        this.#go();
      });
  }
}
