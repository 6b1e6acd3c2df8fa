import {useEffect, useState} from "../vendor/hooks.js";

/** @typedef {import("../core/statistics.js").Statistics} Statistics */

export const KEPT = 30;

/** The statistics of the last half minute, oldest first.
 * @param {import("../core/types.js").App} app @returns {Statistics[]}
 */
export const useStatistics = (app) => {
  const [kept, setKept] = useState(/** @type {Statistics[]} */ ([]));
  useEffect(() => app.onStatistics((newest) => setKept((before) => [...before, newest].slice(-KEPT))), [app]);
  return kept;
};
