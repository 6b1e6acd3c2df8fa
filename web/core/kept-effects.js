// What a tab remembers of its effects, over a reload and from one call to the next: who has hidden their camera is not
// shown bare because the page or the call was another one for a moment.

import {withShown} from "./chain.js";

/** @typedef {import("./types.js").Effect} Effect */
/** @typedef {import("./types.js").Effects} Effects */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Source} Source */
/**
 * `behind`: the effects that hide the camera, whether they still run or not; `filters`: those that the two use
 * @typedef {{room: string, own: Effects, behind: Effects | null, filters: Filter[]}} Kept
 */

const EFFECTS_KEY = "greenroom.effects";
const LOCAL_KEY = "greenroom.local-effects";
const SOURCES = /** @type {Source[]} */ (["microphone", "camera"]);

/**
 * @param {import("./storage.js").Keeper} storage sessionStorage: one tab's own
 * @returns {Kept | null}
 */
export const readEffects = (storage) => {
  const kept = parsed(storage.getItem(EFFECTS_KEY));
  const whole = typeof kept?.room === "string" && Array.isArray(kept.filters) && areEffects(kept.own);
  return whole && (kept.behind === null || areEffects(kept.behind)) ? kept : null;
};

/** @param {import("./storage.js").Keeper} storage @param {Kept} kept */
export const writeEffects = (storage, {room, own, behind, filters}) => {
  const used = new Set([own, behind].flatMap((one) => (one ? [...one.video, ...one.audio] : [])).map(({filter}) => filter));
  const known = filters.filter(({name}) => used.has(name));
  const bare = (/** @type {Effects} */ effects) => withoutPictures(effects, known);
  storage.setItem(EFFECTS_KEY, JSON.stringify({room, own: bare(own), behind: behind && bare(behind), filters: known}));
};

/**
 * What of it goes on in a room. Another room may be shown a face that hides as it did, and nothing that it was not meant
 * to see.
 * @param {Kept} kept
 * @param {string} room
 */
export const goingOn = ({room: before, own, behind}, room) => behind ?? withShown(own, own.shown && before === room);

/** @param {import("./storage.js").Keeper} storage */
export const forgetEffects = (storage) => storage.removeItem(EFFECTS_KEY);

/**
 * Which devices go out only as this browser changes them.
 * @param {import("./storage.js").Keeper} storage
 * @returns {Source[]}
 */
export const readLocal = (storage) => {
  const kept = parsed(storage.getItem(LOCAL_KEY));
  return SOURCES.filter((source) => kept?.[source] === true);
};

/** @param {import("./storage.js").Keeper} storage @param {Source} source @param {boolean} wanted */
export const writeLocal = (storage, source, wanted) => {
  const kept = Object.fromEntries(readLocal(storage).map((one) => [one, true]));
  storage.setItem(LOCAL_KEY, JSON.stringify({...kept, [source]: wanted}));
};

/** Pictures are the server's, under ids that mean nothing in the next call. @param {Effects} effects @param {Filter[]} filters */
const withoutPictures = ({video, audio, shown}, filters) => {
  const bare = (/** @type {Effect} */ effect) => {
    const images = filters.find(({name}) => name === effect.filter)?.params.filter(({kind}) => kind === "image") ?? [];
    const rest = Object.entries(effect.params).filter(([param]) => !images.some(({name}) => name === param));
    return {...effect, params: Object.fromEntries(rest)};
  };
  return {video: video.map(bare), audio: audio.map(bare), shown};
};

/** @param {string | null} text @returns {any} */
const parsed = (text) => {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
};

/** @param {any} effects */
const areEffects = (effects) =>
  typeof effects?.shown === "boolean" && [effects.video, effects.audio].every((chain) => Array.isArray(chain) && chain.every(isEffect));

/** @param {any} effect */
const isEffect = (effect) =>
  typeof effect?.id === "string" && typeof effect.filter === "string" && typeof effect.params === "object" && effect.params !== null;
