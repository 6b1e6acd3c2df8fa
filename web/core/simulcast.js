// What we send to the server: the camera in three sizes, so that each receiver gets the one that fits.

import {AUDIO_BPS} from "./bitrate.js";

/** One spatial and one temporal layer each: the server hands on whole encodings. Not in TypeScript's DOM types yet.
 * @typedef {RTCRtpEncodingParameters & {scalabilityMode?: string}} Encoding
 */

const LOW = /** @type {const} */ ({priority: "low", networkPriority: "low"});

/**
 * The largest first: of a small camera, Chromium sends only the first two, and it is the smallest that nobody misses.
 * The names are those of docs/protocol.md.
 * @returns {Encoding[]}
 */
export const cameraEncodings = () => [
  {rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000, scalabilityMode: "L1T1", ...LOW},
  {rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000, scalabilityMode: "L1T1", ...LOW},
  {rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000, scalabilityMode: "L1T1", ...LOW},
];

/** Sound goes first: a weak line costs picture, not voice. @returns {Encoding[]} */
export const microphoneEncodings = () => [{maxBitrate: AUDIO_BPS, priority: "high", networkPriority: "high"}];

/**
 * Sends those layers that somebody wants. Where the browser sends one encoding only, that one stands for all.
 * @param {RTCRtpSender} sender
 * @param {string[]} rids
 */
export const sendLayers = async (sender, rids) => {
  const parameters = sender.getParameters();
  const {encodings} = parameters;
  let changed = false;
  for (const encoding of encodings) {
    const active = encodings.length > 1 ? rids.includes(encoding.rid ?? "") : rids.length > 0;
    changed ||= encoding.active !== active;
    encoding.active = active;
  }
  if (changed) await sender.setParameters(parameters);
};

/** The names of the video codecs that this browser decodes, as the server knows them. @returns {string[]} */
export const decodableVideo = () => {
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const names = new Set(codecs.map(({mimeType}) => mimeType.replace(/^video\//i, "").toUpperCase()));
  return ["VP8", "H264", "VP9"].filter((name) => names.has(name));
};
