// What filters read out of people's pictures or voices: shown for a few seconds each.

/** @typedef {import("./types.js").Caption} Caption */

const STANDS_MS = 5_000;
const LONGEST = 200;
const MOST_PEOPLE = 64;

export class Captions {
  /** @type {Map<string, () => void>} */
  #ends = new Map();

  /**
   * @param {{clock: import("./clock.js").Clock, onCaption: (id: string, caption: Caption | null) => void}} options
   */
  constructor({clock, onCaption}) {
    this.#clock = clock;
    this.#onCaption = onCaption;
  }
  #clock;
  #onCaption;

  /** @param {{participant_id: string, kind: string, data: any}} emitted detections are for other pages than this one */
  receive({participant_id: id, kind, data}) {
    if (kind !== "caption" || typeof data?.text !== "string") return;
    if (!this.#ends.has(id) && this.#ends.size >= MOST_PEOPLE) return;
    this.#end(id);
    const text = data.text.slice(0, LONGEST).trim();
    if (text === "") return;
    const until = this.#clock.now() + STANDS_MS;
    this.#onCaption(id, {text, until});
    this.#ends.set(id, this.#clock.after(STANDS_MS, () => this.#end(id)));
  }

  close() {
    for (const id of [...this.#ends.keys()]) this.#end(id);
  }

  /** @param {string} id */
  #end(id) {
    this.#ends.get(id)?.();
    if (this.#ends.delete(id)) this.#onCaption(id, null);
  }
}
