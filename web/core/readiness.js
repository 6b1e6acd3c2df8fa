// Whether a new way may be shown: enough has come on it, or no more is to be expected. Pure.

/** @typedef {import("./arrivals.js").Arrived} Arrived */
/** @typedef {import("./types.js").Participant} Participant */
/** @typedef {{sound: boolean, picture: boolean}} Wanted */

/** Something comes on the new way, something is missing, and it does not look as if it would come. */
export const PATIENCE_MS = 8_000;
/** For so long nothing came on the old way either: a camera that stands still, or is covered, loses nothing. */
const NOTHING_FOR_MS = 3_000;

/**
 * What is to come of someone; null of someone who has nothing to send.
 * @param {Participant["tracks"]} tracks
 * @param {boolean} seen whether their picture would be on the screen
 * @returns {Wanted | null}
 */
export const wantedOf = (tracks, seen) => {
  if (tracks.length === 0) return null;
  const sends = (/** @type {string} */ source) => tracks.some((track) => track.source === source && !track.muted);
  return {sound: sends("microphone"), picture: sends("camera") && seen};
};

/**
 * @param {Wanted} wanted
 * @param {Arrived} arrived
 * @param {{lost: boolean, waitedMs: number, nothingForMs: number}} old `lost`: the old way is gone; `waitedMs` for the
 *   new one; `nothingForMs`: how long nothing has come on the old one
 */
export const isEnough = (wanted, arrived, {lost, waitedMs, nothingForMs}) => {
  const sound = arrived.audio && wanted.sound;
  const picture = arrived.video && wanted.picture;
  if ((sound || !wanted.sound) && (picture || !wanted.picture)) return true;
  if (lost && sound) return true;
  return waitedMs > PATIENCE_MS && (sound || picture || nothingForMs > NOTHING_FOR_MS);
};
