// Small pictures of what filters would make of our camera: asked for a few at a time, while somebody looks at them.

/** @typedef {{data: string, still: boolean}} Frame a JPEG as base64; `still`: the next one would be the same */

/** Twice a second. */
const EVERY_MS = 500;
const AFTER_REFUSAL_MS = 3_000;
const AT_ONCE = 6;
const LONGEST_DATA = 24_000;

/**
 * Whether filters are tried on our camera: not where the room keeps away from the server what can be, nor while nobody
 * gets our picture. Then they are tried on a picture that comes with the page.
 * @param {Pick<import("./types.js").State, "room" | "effects">} state
 */
export const mayTry = ({room, effects}) => room?.media !== "mesh" && !effects.held;

export class CardPreviews {
  /** By filter, as addresses for an image. @type {Map<string, string>} */
  #pictures = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {string[]} */
  #names = [];
  /** @type {(() => Frame | null)} */
  #grab = () => null;
  /** Who was asked for last is last in line. @type {Map<string, number>} */
  #asked = new Map();
  #turn = 0;
  #asking = false;
  /** @type {(() => void) | null} */
  #cancel = null;

  /** Our camera goes to the server for them. */
  #live = false;

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, request: import("./publish-session.js").Request, onLive: (live: boolean) => void,
   * }} options `onLive`: frames of our camera go to the server from now on, or go no more
   */
  constructor({clock, request, onLive}) {
    this.#clock = clock;
    this.#request = request;
    this.#onLive = onLive;
  }
  #clock;
  #request;
  #onLive;

  /** @param {string} name @returns {string | null} */
  picture(name) {
    return this.#pictures.get(name) ?? null;
  }

  /** @param {() => void} listener called when there are new pictures */
  on(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * @param {string[]} names the filters on the screen; none while nobody looks
   * @param {() => Frame | null} grab our camera now, or a picture in its place, at most 160 pixels wide
   */
  show(names, grab) {
    this.#names = names;
    this.#grab = grab;
    this.#next();
  }

  stop() {
    this.#names = [];
    this.#cancel?.();
    this.#cancel = null;
    this.#say(false);
  }

  /** Filters may do something else now. @param {Iterable<string>} names those that are left */
  keep(names) {
    const kept = new Set(names);
    for (const name of this.#pictures.keys()) if (!kept.has(name)) this.#pictures.delete(name);
    this.#asked.clear();
  }

  #next() {
    if (this.#asking || this.#cancel || this.#names.length === 0) return;
    const frame = this.#grab();
    // Said before the first of them goes.
    this.#say(frame !== null && !frame.still);
    const waiting = frame?.still ? this.#names.filter((name) => !this.#asked.has(name)) : this.#names;
    if (!frame || frame.data.length > LONGEST_DATA || waiting.length === 0) return this.#rest(EVERY_MS);
    const turnOf = (/** @type {string} */ name) => this.#asked.get(name) ?? 0;
    const filters = [...waiting].sort((a, b) => turnOf(a) - turnOf(b)).slice(0, AT_ONCE);
    this.#turn += 1;
    for (const name of filters) this.#asked.set(name, this.#turn);
    this.#asking = true;
    this.#rest(EVERY_MS);
    this.#request("try-filters", {image: frame.data, filters}).then(
      ({pictures}) => this.#came(pictures),
      () => this.#refused(),
    );
    return undefined;
  }

  /** @param {Record<string, string>} pictures base64, by filter */
  #came(pictures) {
    this.#asking = false;
    for (const [name, data] of Object.entries(pictures)) this.#pictures.set(name, `data:image/jpeg;base64,${data}`);
    for (const listener of this.#listeners) listener();
    this.#next();
  }

  #refused() {
    this.#asking = false;
    if (this.#names.length > 0) this.#rest(AFTER_REFUSAL_MS);
  }

  /** @param {boolean} live */
  #say(live) {
    if (live === this.#live) return;
    this.#live = live;
    this.#onLive(live);
  }

  /** @param {number} delayMs */
  #rest(delayMs) {
    this.#cancel?.();
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = null;
      this.#next();
    });
  }
}
