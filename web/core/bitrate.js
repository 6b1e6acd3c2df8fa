// How much one peer may get of what we send: a mesh sends everything once per peer, and a home connection has a
// few Mbit/s upstream.

/** @typedef {{maxBitrate: number, scaleResolutionDownBy: number}} VideoLimits */

export const AUDIO_BPS = 40_000;

/** By the number of peers: 2.2 to 2.5 Mbit/s together. Small pictures go with small tiles. */
const VIDEO_LIMITS = /** @type {const} */ ([
  {peers: 1, maxBitrate: 1_700_000, scaleResolutionDownBy: 1},
  {peers: 2, maxBitrate: 1_100_000, scaleResolutionDownBy: 1},
  {peers: 3, maxBitrate: 800_000, scaleResolutionDownBy: 1.5},
  {peers: 4, maxBitrate: 600_000, scaleResolutionDownBy: 2},
  {peers: 5, maxBitrate: 450_000, scaleResolutionDownBy: 2},
  {peers: 6, maxBitrate: 380_000, scaleResolutionDownBy: 2},
  {peers: 7, maxBitrate: 320_000, scaleResolutionDownBy: 2},
  {peers: 8, maxBitrate: 280_000, scaleResolutionDownBy: 2},
]);
const TOTAL_BPS = 2_240_000;
const LEAST_BPS = 100_000;

/**
 * @param {number} peers
 * @returns {VideoLimits}
 */
export const videoLimits = (peers) => {
  const row = VIDEO_LIMITS.find((limits) => peers <= limits.peers);
  if (row) return {maxBitrate: row.maxBitrate, scaleResolutionDownBy: row.scaleResolutionDownBy};
  return {maxBitrate: Math.max(LEAST_BPS, Math.floor(TOTAL_BPS / peers)), scaleResolutionDownBy: 4};
};

/**
 * Applies limits to a sender. Sound goes first: a weak line then costs picture, not voice.
 * @param {RTCRtpSender} sender
 * @param {{maxBitrate: number, scaleResolutionDownBy?: number}} limits
 */
export const limitSender = async (sender, limits) => {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding) return;
  const picture = limits.scaleResolutionDownBy !== undefined;
  Object.assign(encoding, limits, {networkPriority: picture ? "low" : "high", priority: picture ? "low" : "high"});
  if (picture) parameters.degradationPreference = "maintain-framerate";
  await sender.setParameters(parameters);
};
