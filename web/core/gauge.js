// Looks at the statistics of all connections: every second while somebody reads them, else every two for the bars.

import {entriesOf, inboundFlow, isLimited, lostOf, mean, outboundFlow, qualityOf, roundTripMs} from "./statistics.js";

/** @typedef {import("./arrivals.js").Carrier} Carrier */
/** @typedef {import("./statistics.js").Entry} Entry */
/** @typedef {import("./statistics.js").Receiving} Receiving */
/** @typedef {import("./statistics.js").Sending} Sending */
/** @typedef {import("./statistics.js").Statistics} Statistics */
/** @typedef {import("./types.js").Route} Route */
/**
 * @typedef {{
 *   self: string, sending: RTCPeerConnection[], receiving: {id: string, route: Route, carrier: Carrier}[],
 * }} Sources what there is to look at: connections that we send over, and the way on which each of the others is shown
 */

const READ_EVERY_MS = 1_000;
const GLANCE_EVERY_MS = 2_000;
/** Of the last look and those before it: one bad second is no bad line. */
const NEWEST_COUNTS = 0.4;
const WEAK_LOOKS = 5;
const SAY_AGAIN_MS = 120_000;

export class Gauge {
  /** @type {Set<(statistics: Statistics) => void>} */
  #readers = new Set();
  /** @type {import("./statistics.js").Memory} */
  #memory = new Map();
  /** @type {Map<string, number>} */
  #lost = new Map();
  #weakLooks = 0;
  #weakSaidAt = -Infinity;
  #running = false;
  /** @type {(() => void) | null} */
  #cancel = null;

  /**
   * @param {{
   *   clock: import("./clock.js").Clock, sources: () => Sources,
   *   onQuality: (quality: Statistics["quality"]) => void, onWeak: () => void,
   * }} options `onWeak`: our own line keeps our picture small, for a while now; said rarely
   */
  constructor({clock, sources, onQuality, onWeak}) {
    this.#clock = clock;
    this.#sources = sources;
    this.#onQuality = onQuality;
    this.#onWeak = onWeak;
  }
  #clock;
  #sources;
  #onQuality;
  #onWeak;

  start() {
    if (this.#running) return;
    this.#running = true;
    this.#schedule();
  }

  stop() {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = null;
    this.#memory = new Map();
    this.#lost.clear();
    this.#weakLooks = 0;
  }

  /** @param {(statistics: Statistics) => void} reader */
  on(reader) {
    this.#readers.add(reader);
    if (this.#cancel) this.#schedule();
    return () => void this.#readers.delete(reader);
  }

  #schedule() {
    this.#cancel?.();
    this.#cancel = this.#clock.after(this.#readers.size > 0 ? READ_EVERY_MS : GLANCE_EVERY_MS, () => {
      this.#cancel = null;
      void this.#look()
        .catch((error) => console.debug("no statistics", error)) // a connection that was closed meanwhile
        .finally(() => this.#running && this.#schedule());
    });
  }

  async #look() {
    const sources = this.#sources();
    const connections = new Set([...sources.sending, ...sources.receiving.map(({carrier}) => carrier.connection)]);
    const reports = new Map();
    await Promise.all(Array.from(connections, async (one) => reports.set(one, entriesOf(await one.getStats()))));
    if (!this.#running) return;
    const statistics = this.#read(sources, reports);
    this.#onQuality(statistics.quality);
    this.#watchOwnLine(statistics.sending);
    for (const reader of this.#readers) reader(statistics);
  }

  /**
   * @param {Sources} sources
   * @param {Map<RTCPeerConnection, Entry[]>} reports
   * @returns {Statistics}
   */
  #read({self, sending: connections, receiving: carriers}, reports) {
    const memory = {before: this.#memory, now: new Map()};
    const receiving = carriers.map(({id, route, carrier}) => receive(id, route, carrier, reports, memory));
    const sending = send(connections.map((one) => reports.get(one) ?? []), memory);
    this.#memory = memory.now;
    const steady = new Map([...receiving, {...sending, id: self}].map((line) => [line.id, {...line, lost: this.#steady(line)}]));
    this.#lost = new Map(Array.from(steady, ([id, {lost}]) => [id, lost]));
    return {
      at: this.#clock.now(),
      sending,
      receiving,
      lost: lostOf(receiving.flatMap(({audio, video}) => [audio, video])),
      roundTripMs: mean([...receiving.map((one) => one.roundTripMs), sending.roundTripMs]),
      quality: Object.fromEntries(Array.from(steady, ([id, line]) => [id, qualityOf(line)])),
    };
  }

  /** @param {{id: string, lost: number}} line */
  #steady({id, lost}) {
    const before = this.#lost.get(id) ?? lost;
    return before + (lost - before) * NEWEST_COUNTS;
  }

  /** @param {Sending} sending */
  #watchOwnLine({limited}) {
    this.#weakLooks = limited ? this.#weakLooks + 1 : 0;
    if (this.#weakLooks < WEAK_LOOKS || this.#clock.now() - this.#weakSaidAt < SAY_AGAIN_MS) return;
    this.#weakSaidAt = this.#clock.now();
    this.#onWeak();
  }
}

/** @typedef {{before: import("./statistics.js").Memory, now: import("./statistics.js").Memory}} Memories */

/**
 * @param {string} id
 * @param {Route} route
 * @param {Carrier} carrier
 * @param {Map<RTCPeerConnection, Entry[]>} reports
 * @param {Memories} memory
 * @returns {Receiving}
 */
const receive = (id, route, carrier, reports, memory) => {
  const entries = reports.get(carrier.connection) ?? [];
  const audio = carrier.audio && inboundFlow(entries, carrier.audio.track.id, memory);
  const video = carrier.video && inboundFlow(entries, carrier.video.track.id, memory);
  const jitterMs = Math.max(audio?.jitterMs ?? 0, video?.jitterMs ?? 0);
  return {id, route, audio, video, lost: lostOf([audio, video]), roundTripMs: roundTripMs(entries), jitterMs};
};

/**
 * @param {Entry[][]} connections
 * @param {Memories} memory
 * @returns {Sending}
 */
const send = (connections, memory) => {
  const audio = outboundFlow(connections, "audio", memory);
  const video = outboundFlow(connections, "video", memory);
  const lost = Math.max(audio?.lost ?? 0, video?.lost ?? 0);
  return {audio, video, lost, roundTripMs: mean(connections.map(roundTripMs)), limited: connections.some(isLimited)};
};
