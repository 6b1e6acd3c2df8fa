// Time as a thing that is passed in, so that tests turn the hands themselves.

/**
 * `after` runs something once after a delay and returns the function that calls it off.
 * @typedef {{now: () => number, after: (delayMs: number, run: () => void) => () => void}} Clock
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const id = setTimeout(run, delayMs);
    return () => clearTimeout(id);
  },
};
