// Whether the media of a way is really there: counted anew from the moment that one waits for it.

/** @typedef {"audio" | "video"} Kind */
/**
 * A way on which someone's media comes; `since`: when it began to carry them.
 * @typedef {{
 *   key: string, stream: MediaStream, connection: RTCPeerConnection, since: number,
 *   audio: RTCRtpReceiver | null, video: RTCRtpReceiver | null,
 * }} Carrier
 */
/** @typedef {{audio: boolean, video: boolean}} Arrived */

/** An m-line that carried someone else until now may still have a little of them to play. */
const SETTLE_MS = 200;
/** A tenth of a second of sound: what plays from here on has something to play. */
const ENOUGH = {audio: 5, video: 1};

export class Arrivals {
  /** What had come when we began to wait, by receiver. @type {WeakMap<RTCRtpReceiver, number>} */
  #before = new WeakMap();

  /** @param {{clock: import("./clock.js").Clock}} options */
  constructor({clock}) {
    this.#clock = clock;
  }
  #clock;

  /** Begins anew to wait for what this way carries. @param {Carrier} carrier */
  forget({audio, video}) {
    for (const receiver of [audio, video]) if (receiver) this.#before.delete(receiver);
  }

  /**
   * @param {{carrier: Carrier, since: number}[]} waiting `since`: when we began to wait
   * @returns {Promise<Arrived[]>} in the same order
   */
  async look(waiting) {
    const connections = new Set(waiting.map(({carrier}) => carrier.connection));
    const counts = new Map();
    await Promise.all(Array.from(connections, async (connection) => count(await connection.getStats(), counts)));
    return waiting.map(({carrier, since}) => {
      const settled = this.#clock.now() - Math.max(since, carrier.since) >= SETTLE_MS;
      return {audio: this.#arrived("audio", carrier, counts, settled), video: this.#arrived("video", carrier, counts, settled)};
    });
  }

  /**
   * @param {Kind} kind
   * @param {Carrier} carrier
   * @param {Map<string, number>} counts
   * @param {boolean} settled
   */
  #arrived(kind, carrier, counts, settled) {
    const receiver = carrier[kind];
    if (!receiver) return false;
    const now = counts.get(receiver.track.id) ?? 0;
    const before = this.#before.get(receiver);
    if (before !== undefined && settled) return now - before >= ENOUGH[kind];
    this.#before.set(receiver, now);
    return false;
  }
}

/**
 * @param {RTCStatsReport} report
 * @param {Map<string, number>} counts by track: frames that were decoded, packets of sound that came
 */
const count = (report, counts) => {
  report.forEach((entry) => {
    if (entry.type !== "inbound-rtp") return;
    counts.set(entry.trackIdentifier, entry.kind === "video" ? (entry.framesDecoded ?? 0) : (entry.packetsReceived ?? 0));
  });
};
