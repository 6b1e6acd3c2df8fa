// How the media of one participant changes its way: the new path is made and plays beside the old one, and the old one
// is let go when the new one shows. Pure.

/** @typedef {import("./types.js").Route} Route */
/**
 * Keys name ways: "direct", or the session of a subscription.
 * `target`: where it shall come from; `shown`: what people see and hear; `held`: what was shown a moment ago and still
 * plays, so that nothing of it is missing when the page has drawn the change.
 * @typedef {{target: string, shown: string, held: string | null}} Path
 */

export const DIRECT = "direct";
/** Stands for a subscription that is not there yet. */
export const AWAITED = "awaited";

/** @param {string} key @returns {Route} */
export const routeOf = (key) => (key === DIRECT ? "direct" : "forwarded");

/** Someone of whom nothing plays yet needs no change: the first way is shown as it is.
 * @param {string} key @returns {Path}
 */
export const startPath = (key) => ({target: key, shown: key, held: null});

/**
 * @param {Path} path
 * @param {string} key where the media shall come from now
 * @param {{alive: boolean}} shown whether what is shown is there at all
 * @returns {Path}
 */
export const aim = (path, key, {alive}) => {
  if (!alive) return path.target === key && path.shown === key ? path : {...path, target: key, shown: key};
  return path.target === key ? path : {...path, target: key};
};

/** The media of the target is there. @param {Path} path @returns {Path} */
export const show = (path) =>
  isChanging(path) ? {target: path.target, shown: path.target, held: path.shown} : path;

/** @param {Path} path @returns {Path} */
export const release = (path) => (path.held === null ? path : {...path, held: null});

/** @param {Path} path */
export const isChanging = ({target, shown}) => target !== shown;

/** Nothing of it is on its way any more. @param {Path} path */
export const isSettled = (path) => !isChanging(path) && path.held === null;

/** The ways that must stay open. @param {Path} path @returns {Set<string>} */
export const uses = ({target, shown, held}) => new Set(held === null ? [target, shown] : [target, shown, held]);
