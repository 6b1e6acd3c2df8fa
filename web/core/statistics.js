// What the browser counts, made into what people read: how much, how large, how often, how much is lost. Pure.

/** @typedef {import("./types.js").Quality} Quality */
/** @typedef {import("./types.js").Route} Route */
/**
 * One kind of media of one participant, or of ours. Rates are of the last interval; `lost` is a share, 0 to 1.
 * @typedef {{
 *   codec: string, bitrateBps: number, lost: number, width: number, height: number, framesPerS: number, jitterMs: number,
 * }} Flow
 */
/**
 * @typedef {{
 *   id: string, route: Route, audio: Flow | null, video: Flow | null,
 *   lost: number, roundTripMs: number | null, jitterMs: number,
 * }} Receiving
 */
/**
 * `limited`: the line, not the machine, keeps our picture small.
 * @typedef {{audio: Flow | null, video: Flow | null, lost: number, roundTripMs: number | null, limited: boolean}} Sending
 */
/**
 * @typedef {{
 *   at: number, sending: Sending, receiving: Receiving[], lost: number, roundTripMs: number | null,
 *   quality: Record<string, Quality>,
 * }} Statistics
 */
/** The counters of one stream that rates are made from. @typedef {{at: number, bytes: number, packets: number, lost: number, frames: number}} Counted */
/** Earlier counters by stream. @typedef {Map<string, Counted>} Memory */
/** An entry of a report; its fields are those of W3C webrtc-stats. @typedef {Record<string, any>} Entry */

const WEAK_LINE_BPS = 500_000;

/** @param {RTCStatsReport} report @returns {Entry[]} */
export const entriesOf = (report) => {
  /** @type {Entry[]} */
  const entries = [];
  report.forEach((entry) => entries.push(entry));
  return entries;
};

/**
 * What comes on one track.
 * @param {Entry[]} entries of its connection
 * @param {string} trackId
 * @param {{before: Memory, now: Memory}} memory
 * @returns {Flow | null}
 */
export const inboundFlow = (entries, trackId, memory) => {
  const entry = entries.find((one) => one["type"] === "inbound-rtp" && one["trackIdentifier"] === trackId);
  if (!entry) return null;
  const {packetsReceived: packets = 0, packetsLost: lost = 0, bytesReceived: bytes = 0, framesDecoded: frames = 0} = entry;
  const counted = {at: Number(entry["timestamp"]), bytes, packets, lost, frames};
  return flow(entries, entry, counted, `in ${trackId}`, memory);
};

/**
 * What we send of one kind, over all connections and layers together.
 * @param {Entry[][]} connections
 * @param {"audio" | "video"} kind
 * @param {{before: Memory, now: Memory}} memory
 * @returns {Flow | null}
 */
export const outboundFlow = (connections, kind, memory) => {
  const flows = connections.flatMap((entries) =>
    entries
      .filter((one) => one["type"] === "outbound-rtp" && one["kind"] === kind && one["packetsSent"] > 0)
      .map((entry) => {
        const {packetsSent: packets = 0, bytesSent: bytes = 0, framesEncoded: frames = 0} = entry;
        const counted = {at: Number(entry["timestamp"]), bytes, packets, lost: 0, frames};
        const lost = Number(entries.find((one) => one["id"] === entry["remoteId"])?.["fractionLost"] ?? 0);
        return {...flow(entries, entry, counted, `out ${entry["id"]} ${entry["ssrc"]}`, memory), lost};
      }),
  );
  const going = flows.filter(({bitrateBps}) => bitrateBps > 0);
  const largest = going.reduce((a, b) => (b.height > a.height ? b : a), going[0] ?? flows[0]);
  if (!largest) return null;
  const bitrateBps = sum(flows.map((one) => one.bitrateBps));
  return {...largest, bitrateBps, lost: Math.max(0, ...going.map(({lost}) => lost))};
};

/** @param {Entry[]} entries of one connection @returns {number | null} */
export const roundTripMs = (entries) => {
  const seconds = selectedPair(entries)?.["currentRoundTripTime"];
  return typeof seconds === "number" ? seconds * 1000 : null;
};

/** Whether the line keeps our picture small. @param {Entry[]} entries of one connection */
export const isLimited = (entries) => {
  const limited = entries.some((one) => one["type"] === "outbound-rtp" && one["qualityLimitationReason"] === "bandwidth");
  return limited && Number(selectedPair(entries)?.["availableOutgoingBitrate"] ?? Infinity) < WEAK_LINE_BPS;
};

/**
 * How good a line is, as people notice it: voices break up from a few lost packets in a hundred on, and talking at
 * the same time begins at a third of a second.
 * @param {{lost: number, roundTripMs: number | null, limited?: boolean}} line
 * @returns {Quality}
 */
export const qualityOf = ({lost, roundTripMs: trip, limited = false}) => {
  if (limited || lost >= 0.05 || (trip ?? 0) >= 600) return 1;
  return lost >= 0.02 || (trip ?? 0) >= 300 ? 2 : 3;
};

/** @param {(Flow | null)[]} flows @returns {number} the share that is lost of what all of them carry, by weight */
export const lostOf = (flows) => {
  const carried = flows.filter((one) => one !== null);
  const weight = sum(carried.map(({bitrateBps}) => bitrateBps));
  return weight === 0 ? 0 : sum(carried.map(({bitrateBps, lost}) => bitrateBps * lost)) / weight;
};

/** @param {(number | null)[]} values @returns {number | null} */
export const mean = (values) => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : sum(known) / known.length;
};

/** @param {number[]} values */
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** @param {Entry[]} entries */
const selectedPair = (entries) => {
  const selected = entries.find((one) => one["type"] === "transport")?.["selectedCandidatePairId"];
  // Firefox has no transport entries; it marks the pair.
  return entries.find((one) => one["type"] === "candidate-pair" && (one["id"] === selected || one["selected"] === true));
};

/**
 * @param {Entry[]} entries
 * @param {Entry} entry
 * @param {Counted} counted
 * @param {string} key
 * @param {{before: Memory, now: Memory}} memory
 * @returns {Flow}
 */
const flow = (entries, entry, counted, key, {before, now}) => {
  const last = before.get(key);
  now.set(key, counted);
  const seconds = last ? (counted.at - last.at) / 1000 : 0;
  const rate = (/** @type {"bytes" | "frames"} */ what) =>
    last && seconds > 0 ? Math.max(0, counted[what] - last[what]) / seconds : 0;
  const lost = last ? Math.max(0, counted.lost - last.lost) : 0;
  const came = last ? Math.max(0, counted.packets - last.packets) : 0;
  const mimeType = String(entries.find((one) => one["id"] === entry["codecId"])?.["mimeType"] ?? "");
  return {
    codec: mimeType.slice(mimeType.indexOf("/") + 1),
    bitrateBps: rate("bytes") * 8,
    lost: lost + came > 0 ? lost / (lost + came) : 0,
    width: Number(entry["frameWidth"] ?? 0),
    height: Number(entry["frameHeight"] ?? 0),
    framesPerS: rate("frames"),
    jitterMs: Number(entry["jitter"] ?? 0) * 1000,
  };
};
