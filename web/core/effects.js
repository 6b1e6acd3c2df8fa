// Our own effects: what the person chose stands at once, and the server hears of it as fast as it likes to. What it
// answers, or changes by itself, is taken over.

import {isOff, isSame, noEffects, toRequest, without, withShown} from "./chain.js";
import {isLost, wireError} from "./errors.js";
import {Latest} from "./latest.js";

/** @typedef {import("./types.js").Effects} Effects */
/** @typedef {import("./types.js").WireError} WireError */

/** Eight times a second. */
const EVERY_MS = 125;
const MOST_UNDO = 50;
/** Moves of one slider that follow each other are taken back together. */
const ONE_GESTURE_MS = 1_000;

export class OwnEffects {
  #own = noEffects();
  #saved = noEffects();
  /** @type {Effects[]} */
  #before = [];
  #gesture = {name: "", at: -Infinity};
  /** The server is to hear them although it has the same. */
  #again = false;
  /** @type {Latest<Effects>} */
  #latest;

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, request: import("./publish-session.js").Request,
   *   onChange: (by: {chosen: boolean}) => void, onRefused: (error: WireError) => void,
   * }} options `request` rejects with a Refusal; `chosen`: by the person, not by the server
   */
  constructor({clock, request, onChange, onRefused}) {
    this.#clock = clock;
    this.#request = request;
    this.#onChange = onChange;
    this.#onRefused = onRefused;
    this.#latest = new Latest({clock, everyMs: EVERY_MS, send: (effects) => this.#send(effects)});
  }
  #clock;
  #request;
  #onChange;
  #onRefused;

  /** As the person sees them. */
  get own() {
    return this.#own;
  }

  /** As the server has them. */
  get saved() {
    return this.#saved;
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  /**
   * @param {Effects} next
   * @param {string} [gesture] names a move that goes on, such as that of one slider
   */
  change(next, gesture = "") {
    if (isSame(next, this.#own)) return;
    const now = this.#clock.now();
    const goesOn = gesture !== "" && gesture === this.#gesture.name && now - this.#gesture.at < ONE_GESTURE_MS;
    if (!goesOn) this.#before = [...this.#before, this.#own].slice(-MOST_UNDO);
    this.#gesture = {name: gesture, at: now};
    this.#take(next);
  }

  /**
   * Who sees them is no change of theirs: it is not taken back. What was shown once is where undoing ends: a step
   * further back may be a picture that the others were never meant to see. Nor does undoing show again what was hidden
   * from them by this.
   * @param {boolean} shown
   */
  show(shown) {
    const next = withShown(this.#own, shown);
    if (isSame(next, this.#own)) return;
    this.#before = next.shown ? [] : this.#before.map((one) => withShown(one, false));
    this.#gesture = {name: "", at: -Infinity};
    this.#take(next);
  }

  /** Whoever was shown a chain sees it again: emptied by mistake, it may have hidden a face. Nothing else is shown. */
  undo() {
    const last = this.#before.pop();
    if (!last) return;
    this.#gesture = {name: "", at: -Infinity};
    this.#take(withShown(last, last.shown || this.#own.shown));
  }

  /** Says them once more: that they are a choice, when the server ended what was before. */
  confirm() {
    this.#again = true;
    this.#latest.put(this.#own);
  }

  /** What others saw before it ended, before them again. Undoing ends here. @param {Effects} effects */
  resume(effects) {
    this.#before = [];
    this.#gesture = {name: "", at: -Infinity};
    this.#take(effects);
  }

  /** What an earlier call had, before this one says what it has. @param {Effects} effects */
  restore(effects) {
    this.#own = effects;
  }

  /**
   * The server listens, and told what it has.
   * @param {Effects} effects
   * @param {{anew: boolean}} options `anew`: as somebody new, of whom it knows nothing; what we had then goes on
   */
  entered(effects, {anew}) {
    const unsaid = anew || this.#again || !isSame(this.#own, this.#saved);
    this.#latest.clear();
    if (!unsaid) this.#keepEnded(effects);
    this.#saved = effects;
    if (unsaid && (this.#again || !isSame(this.#own, effects))) this.#latest.put(this.#own);
    else this.#own = effects;
    this.#onChange({chosen: false});
  }

  /** The server changed them by itself. What it ends comes back by undoing, as a preview. @param {Effects} effects */
  changed(effects) {
    const kept = new Set([...effects.video, ...effects.audio].map(({id}) => id));
    const gone = [...this.#saved.video, ...this.#saved.audio].map(({id}) => id).filter((id) => !kept.has(id));
    this.#saved = effects;
    // A choice that is on its way is only freed of what the server took out.
    const next = this.#latest.busy ? without(this.#own, gone) : effects;
    this.#keepEnded(next);
    this.#own = next;
    this.#onChange({chosen: false});
  }

  close() {
    this.#latest.clear();
    this.#own = noEffects();
    this.#saved = noEffects();
    this.#before = [];
    this.#again = false;
  }

  /** @param {Effects} next what is left */
  #keepEnded(next) {
    if (!isOff(next) || isOff(this.#own)) return;
    this.#before = [...this.#before, this.#own].slice(-MOST_UNDO).map((one) => withShown(one, false));
    this.#gesture = {name: "", at: -Infinity};
  }

  /** @param {Effects} next */
  #take(next) {
    this.#own = next;
    this.#onChange({chosen: true});
    this.#latest.put(next);
  }

  /** @param {Effects} effects */
  async #send(effects) {
    try {
      const answer = await this.#request("set-effects", toRequest(effects));
      this.#saved = answer.effects;
      this.#again = false;
      if (isSame(this.#own, effects)) this.#own = answer.effects;
      this.#onChange({chosen: false});
    } catch (error) {
      const refusal = wireError(error);
      if (isLost(refusal)) return; // on coming back, entered() says it again
      // What was chosen since may be better, and is on its way.
      if (isSame(this.#own, effects)) this.#own = this.#saved;
      this.#onChange({chosen: false});
      this.#onRefused(refusal);
    }
  }
}
