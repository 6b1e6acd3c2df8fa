// Which filters a search and a chip leave. Pure.

import {filterTitle} from "./filter-words.js";
import {wordsFor} from "./search-words.js";

/** @typedef {import("../core/types.js").Filter} Filter */
/** @typedef {import("./words.js").Words} Words */

/** Categories that stand under one chip. */
const CHIPS = /** @type {Record<string, string[]>} */ ({
  look: ["look", "time", "text"],
  background: ["background"],
  face: ["face", "detect"],
  sound: ["sound"],
});

/** @param {Filter} filter */
const isYours = ({origin}) => origin !== "built-in";

/** Under which chip a filter is found, besides "all" and "yours". @param {Filter} filter */
const chipOf = ({kind, category}) => {
  if (kind === "audio") return "sound";
  return Object.keys(CHIPS).find((chip) => CHIPS[chip]?.includes(category)) ?? "look";
};

/** In the order of the chips, those that come with Greenroom first; of one kind by name.
 * @param {Words} t @param {Filter[]} filters
 */
export const inOrder = (t, filters) => {
  const chips = Object.keys(CHIPS);
  const rank = (/** @type {Filter} */ filter) => chips.indexOf(chipOf(filter)) + (isYours(filter) ? chips.length : 0);
  const title = (/** @type {Filter} */ {name, title: author}) => filterTitle(t, name, author);
  return [...filters].sort((a, b) => rank(a) - rank(b) || title(a).localeCompare(title(b), t.locale));
};

/** The chips that lead to anything; sound always does: its volume is there. @param {Filter[]} filters */
export const chipsOf = (filters) => {
  const used = new Set(filters.map(chipOf));
  const chips = Object.keys(CHIPS).filter((chip) => used.has(chip) || chip === "sound");
  return ["all", ...chips, ...(filters.some(isYours) ? ["yours"] : [])];
};

/**
 * @param {Words} t
 * @param {Filter[]} filters
 * @param {string} chip
 * @param {string} words all of them must be in the name, the description, the file or what else it is called
 */
export const matching = (t, filters, chip, words) => {
  const wanted = words.toLocaleLowerCase().split(/\s+/u).filter(Boolean);
  return filters.filter((filter) => {
    if (chip === "yours" ? !isYours(filter) : chip !== "all" && chipOf(filter) !== chip) return false;
    const {name, title, description, file} = filter;
    const called = [filterTitle(t, name, title), title, description, file ?? "", name, wordsFor(name)];
    const text = called.join(" ").toLocaleLowerCase();
    return wanted.every((word) => text.includes(word));
  });
};
