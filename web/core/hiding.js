// Whether our camera may be seen as it is. Who hides behind effects stays hidden, whatever becomes of the effects, until
// they themselves take them away or say that they want to be seen.

import {hides} from "./chain.js";

/** @typedef {import("./types.js").Effects} Effects */
/** @typedef {import("./types.js").Filter} Filter */

export class Hiding {
  /** The newest list that had anything in it: a private room lists nothing, and what hides goes on hiding.
   * @type {Filter[] | null}
   */
  #filters = null;
  /** @type {Effects | null} */
  #behind = null;
  /** @type {Effects | null} */
  #own = null;
  /** The server may forward what it gets of us, as it does not know yet that we hide. */
  #unsafe = false;

  get filters() {
    return this.#filters;
  }

  /** The effects behind which we hide, whether they still run or not; null while anybody may see us. */
  get behind() {
    return this.#behind;
  }

  /** Whether what hid us has ended without us: there is nothing that the others may see. */
  get isHeld() {
    return this.#behind !== null && !(this.#own && this.hides(this.#own));
  }

  /** Whether the server may get the camera. @param {Effects} saved what it makes of it now */
  mayPublish(saved) {
    return this.#behind === null || this.hides(saved) || !(this.isHeld || this.#unsafe);
  }

  /** @param {Effects} effects */
  hides(effects) {
    return hides(effects, this.#filters);
  }

  /** @param {Filter[]} filters */
  listed(filters) {
    if (filters.length === 0) return;
    this.#filters = filters;
    if (this.#behind && !this.hides(this.#behind)) this.#behind = null;
    if (this.#own) this.follow(this.#own, {chosen: false});
  }

  /**
   * As this tab had it when it was in a call before.
   * @param {{behind: Effects | null, filters: Filter[]}} kept
   */
  restore({behind, filters}) {
    this.#filters = filters.length > 0 ? filters : null;
    this.#behind = behind;
  }

  /** The server listens, and has these. @param {Effects} saved */
  entered(saved) {
    this.#unsafe = this.#behind !== null && !this.hides(saved);
  }

  /**
   * @param {Effects} own
   * @param {{chosen: boolean}} options `chosen`: by the person
   */
  follow(own, {chosen}) {
    if (this.hides(own)) this.#behind = own;
    else if (chosen && this.#own && this.hides(this.#own)) this.release();
    this.#own = own;
  }

  /** @param {Effects} saved the server has these now */
  saved(saved) {
    if (this.hides(saved)) this.#unsafe = false;
  }

  /** The person wants to be seen. */
  release() {
    this.#behind = null;
    this.#unsafe = false;
  }

  close() {
    this.#filters = null;
    this.#own = null;
    this.release();
  }
}
