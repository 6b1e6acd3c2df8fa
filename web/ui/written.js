// Which effects write something that is to be read: mirrored, nobody could read it.

/** @typedef {import("../core/types.js").Effect} Effect */
/** @typedef {import("../core/types.js").Filter} Filter */

/** Known while there is no list of filters yet: a reload brings a chain back before anybody opens the panel. */
const WRITING = new Set(["caption", "clock", "picture", "detect-objects"]);

/** What is found in a picture is named there. */
const CATEGORIES = new Set(["text", "detect"]);

/** @param {string} name @param {Filter | undefined} filter */
export const writes = (name, filter) => WRITING.has(name) || CATEGORIES.has(filter?.category ?? "");

/** @param {Effect[]} chain @param {Filter[] | null} filters */
export const isWritten = (chain, filters) =>
  chain.some(({filter}) => writes(filter, filters?.find(({name}) => name === filter)));
