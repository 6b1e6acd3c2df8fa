// How the numbers of a stream are written.

/** @typedef {import("../core/statistics.js").Flow} Flow */
/** @typedef {import("./words.js").Words} Words */

/** @param {Flow | null} video @returns {string} `1280×720 · 30`, or a dash when no picture comes */
export const picture = (video) =>
  video && video.width > 0 && video.framesPerS >= 0.5
    ? `${video.width}×${video.height} · ${Math.round(video.framesPerS)}`
    : "–";

/** @param {Words} t @param {(Flow | null)[]} flows */
export const kilobits = (t, flows) =>
  t.number(Math.round(flows.reduce((total, flow) => total + (flow?.bitrateBps ?? 0), 0) / 1000));

/** @param {number} share */
export const percent = (share) => `${(share * 100).toFixed(1)} %`;
