// Looks out for media on the ways that are to be shown next. Whether it is there decides when a change is made.

import {Arrivals} from "./arrivals.js";
import {DIRECT} from "./path.js";
import {isEnough, PATIENCE_MS, wantedOf} from "./readiness.js";

/** @typedef {import("./arrivals.js").Arrived} Arrived */
/** @typedef {import("./arrivals.js").Carrier} Carrier */
/** @typedef {import("./types.js").Participant} Participant */
/**
 * `since`: when the path was aimed last; `nothingSince`: from when on nothing has come on the old way, once the new one
 * is late
 * @typedef {{path: import("./path.js").Path, since: number, nothingSince: number | null}} Change
 */
/**
 * @template {Change} C
 * @typedef {{participant: Participant, entry: C}} Waiting
 */

const DEAD = new Set(["failed", "closed"]);

export class Lookout {
  /**
   * @param {{
   *   clock: import("./clock.js").Clock, isVisible: (id: string) => boolean,
   *   carrierOf: (id: string, key: string) => Carrier | null,
   * }} options `isVisible`: whether somebody's picture is on the screen; `carrierOf`: their media on a way, if it is open
   */
  constructor({clock, isVisible, carrierOf}) {
    this.#clock = clock;
    this.#isVisible = isVisible;
    this.#carrierOf = carrierOf;
    this.#arrivals = new Arrivals({clock});
  }
  #clock;
  #isVisible;
  #carrierOf;
  #arrivals;

  /** Begins anew to wait for what this way carries. @param {Carrier} carrier */
  forget(carrier) {
    this.#arrivals.forget(carrier);
  }

  /**
   * @template {Change} C
   * @param {Waiting<C>[]} waiting
   * @param {(one: Waiting<C>) => boolean} isCurrent whether it is still waited for, once we have looked
   * @returns {Promise<C[]>} those whose target may be shown now
   */
  async look(waiting, isCurrent) {
    const looked = waiting.map((one) => ({
      ...one,
      target: one.entry.path.target,
      carrier: this.#carrierOf(one.participant.id, one.entry.path.target),
      old: this.#oldToWatch(one.participant.id, one.entry),
    }));
    const carried = looked.flatMap(({carrier, old, entry: {since}}) =>
      [carrier, old].flatMap((each) => (each ? [{carrier: each, since}] : [])),
    );
    const arrived = await this.#arrivals.look(carried);
    const found = (/** @type {Carrier | null} */ carrier) =>
      arrived[carried.findIndex((one) => one.carrier === carrier)] ?? null;
    return looked.flatMap(({participant, entry, target, carrier, old}) => {
      if (!isCurrent({participant, entry}) || entry.path.target !== target) return [];
      this.#watchOld(entry, old, found(old));
      return this.#isThere(participant, entry, carrier, found(carrier)) ? [entry] : [];
    });
  }

  /** The way that is shown, once the new one is late: perhaps nothing comes on this one either.
   * @param {string} id
   * @param {Change} change
   */
  #oldToWatch(id, {path, since}) {
    return this.#clock.now() - since > PATIENCE_MS ? this.#carrierOf(id, path.shown) : null;
  }

  /**
   * @param {Change} change
   * @param {Carrier | null} old
   * @param {Arrived | null} arrived on it since it is watched
   */
  #watchOld(change, old, arrived) {
    if (!old) change.nothingSince = null;
    else if (change.nothingSince === null || arrived?.audio || arrived?.video) {
      change.nothingSince = this.#clock.now();
      this.#arrivals.forget(old);
    }
  }

  /**
   * @param {Participant} participant
   * @param {Change} change
   * @param {Carrier | null} carrier of the target
   * @param {Arrived | null} arrived on it
   */
  #isThere({id, tracks}, {path, since, nothingSince}, carrier, arrived) {
    const seen = path.target === DIRECT || this.#isVisible(id);
    const wanted = wantedOf(tracks, seen);
    if (!wanted) return true;
    if (!carrier || !arrived || carrier.connection.connectionState !== "connected") return false;
    const now = this.#clock.now();
    return isEnough(wanted, arrived, {
      lost: DEAD.has(this.#carrierOf(id, path.shown)?.connection.connectionState ?? "closed"),
      waitedMs: now - Math.max(since, carrier.since),
      nothingForMs: nothingSince === null ? 0 : now - nothingSince,
    });
  }
}
