// Tells the server how large everyone is shown, so that it sends what fits: a few times a second, and what is new.

/** @typedef {import("./types.js").TileSize} TileSize */

const BETWEEN_MS = 250;
const AGAIN_MS = 2_000;
const MOST_TILES = 64;

export class View {
  /** @type {TileSize[]} */
  #tiles = [];
  #told = "";
  #open = false;
  /** @type {(() => void) | null} */
  #cancel = null;

  /**
   * @param {{clock: import("./clock.js").Clock, tell: (tiles: TileSize[]) => Promise<unknown>}} options `tell` rejects
   *   when the server did not take it: then it is told once more
   */
  constructor({clock, tell}) {
    this.#clock = clock;
    this.#tell = tell;
  }
  #clock;
  #tell;

  /** @param {TileSize[]} tiles who is on the screen; the others are not */
  show(tiles) {
    this.#tiles = tiles.slice(0, MOST_TILES);
    this.#soon();
  }

  /** @param {string} participantId */
  shows(participantId) {
    return this.#tiles.some((tile) => tile.participant_id === participantId);
  }

  /** There is someone to tell, who knows nothing yet. */
  open() {
    this.#open = true;
    this.#told = "";
    this.#soon();
  }

  close() {
    this.#open = false;
    this.#cancel?.();
    this.#cancel = null;
  }

  #soon() {
    if (this.#open && this.#cancel === null) this.#say();
  }

  #say() {
    const words = JSON.stringify(this.#tiles);
    if (words === this.#told) return;
    this.#told = words;
    this.#rest(BETWEEN_MS);
    this.#tell(this.#tiles).catch(() => {
      if (this.#told !== words || !this.#open) return;
      this.#told = "";
      this.#rest(AGAIN_MS);
    });
  }

  /** @param {number} delayMs */
  #rest(delayMs) {
    this.#cancel?.();
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = null;
      this.#soon();
    });
  }
}
