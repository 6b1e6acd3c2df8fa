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

/**
 * What came on one receiver: frames that were decoded; packets of sound, how long of it was played, in seconds, and how
 * long sound of this receiver was asked for at all.
 * @typedef {{frames: number, packets: number, playedS: number, askedS: number}} Count
 */

/** An m-line that carried someone else until now may still have a little of them to play. */
const SETTLE_MS = 200;
/** A tenth of a second has come and was played without a hole: from here on it will do. */
const ENOUGH = {packets: 5, playedS: 0.1};
/** Nobody asks for sound while the browser keeps it off: then it is enough that it comes. */
const ENOUGH_UNHEARD = {packets: 25};

export class Arrivals {
  /** What had come when we began to wait. @type {WeakMap<RTCRtpReceiver, Count>} */
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
    /** @type {Map<string, Count>} */
    const counts = new Map();
    await Promise.all(Array.from(connections, async (connection) => count(await connection.getStats(), counts)));
    return waiting.map(({carrier, since}) => {
      const settled = this.#clock.now() - Math.max(since, carrier.since) >= SETTLE_MS;
      const came = (/** @type {RTCRtpReceiver | null} */ receiver) => this.#since(receiver, counts, settled);
      return {audio: isHeard(came(carrier.audio)), video: came(carrier.video).frames > 0};
    });
  }

  /**
   * @param {RTCRtpReceiver | null} receiver
   * @param {Map<string, Count>} counts by track
   * @param {boolean} settled
   * @returns {Count} what came since we began to wait
   */
  #since(receiver, counts, settled) {
    const now = (receiver && counts.get(receiver.track.id)) ?? NOTHING;
    const before = receiver && this.#before.get(receiver);
    if (before && settled) {
      return {
        frames: now.frames - before.frames,
        packets: now.packets - before.packets,
        playedS: now.playedS - before.playedS,
        askedS: now.askedS - before.askedS,
      };
    }
    if (receiver) this.#before.set(receiver, now);
    return NOTHING;
  }
}

/** @type {Count} */
const NOTHING = {frames: 0, packets: 0, playedS: 0, askedS: 0};

/** @param {Count} count */
const isHeard = ({packets, playedS, askedS}) =>
  askedS > 0 ? packets >= ENOUGH.packets && playedS >= ENOUGH.playedS : packets >= ENOUGH_UNHEARD.packets;

/**
 * @param {RTCStatsReport} report
 * @param {Map<string, Count>} counts
 */
const count = (report, counts) => {
  report.forEach((entry) => {
    if (entry.type !== "inbound-rtp") return;
    const {framesDecoded: frames = 0, packetsReceived: packets = 0} = entry;
    const {totalSamplesReceived = 0, concealedSamples = 0, totalSamplesDuration: askedS = 0} = entry;
    // A report may have the length of the first samples before it has their number.
    const played = totalSamplesReceived > 0 ? 1 - concealedSamples / totalSamplesReceived : 0;
    counts.set(entry.trackIdentifier, {frames, packets, playedS: askedS * played, askedS});
  });
};
