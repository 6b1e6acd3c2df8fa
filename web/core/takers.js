// On which way each of the others takes our media. They tell; until then it is the way that we had when they came.

/** @typedef {import("./types.js").Participant} Participant */
/** @typedef {import("./types.js").Route} Route */

const LAST_CHANCE_MS = 10_000;

export class Takers {
  /** @type {Map<string, {generation: number, route: Route}>} */
  #takers = new Map();
  /** @type {(() => void) | null} */
  #cancel = null;
  #over = false;

  /** @param {{clock: import("./clock.js").Clock, onOver: () => void}} options `onOver`: stillWatched may be another */
  constructor({clock, onOver}) {
    this.#clock = clock;
    this.#onOver = onOver;
  }
  #clock;
  #onOver;

  /**
   * @param {Participant[]} others
   * @param {Route} ownRoute
   */
  sync(others, ownRoute) {
    const present = new Set(others.map(({id}) => id));
    for (const id of this.#takers.keys()) if (!present.has(id)) this.#takers.delete(id);
    for (const {id, generation} of others) {
      if (this.#takers.get(id)?.generation !== generation) this.#takers.set(id, {generation, route: ownRoute});
    }
  }

  /**
   * @param {string} id
   * @param {Route} route
   */
  took(id, route) {
    const taker = this.#takers.get(id);
    if (taker) taker.route = route;
  }

  /** @param {string} id @returns {Route} */
  route(id) {
    return this.#takers.get(id)?.route ?? "direct";
  }

  /**
   * Whether somebody who is here may still need what we send to the server, now that our media goes directly. Once
   * all of them are reached directly, those who do not say that they took it have ten seconds.
   * @param {Participant[]} others
   * @param {(id: string) => boolean} isReached
   */
  stillNeedServer(others, isReached) {
    const waiting = others.filter(({id, presence}) => presence === "here" && this.route(id) === "forwarded");
    if (waiting.length === 0 || !waiting.every(({id}) => isReached(id))) {
      this.reset();
      return waiting.length > 0;
    }
    if (this.#over) return false;
    this.#cancel ??= this.#clock.after(LAST_CHANCE_MS, () => {
      this.#cancel = null;
      this.#over = true;
      this.#onOver();
    });
    return true;
  }

  /** Our media goes by the server, or nobody is waited for: the ten seconds begin anew when they are needed. */
  reset() {
    this.#cancel?.();
    this.#cancel = null;
    this.#over = false;
  }

  close() {
    this.reset();
    this.#takers.clear();
  }
}
