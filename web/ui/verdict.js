// What the statistics come to, in one sentence. Pure.

/** @typedef {import("../core/types.js").Quality} Quality */
/** @typedef {import("../core/types.js").State} State */
/**
 * @typedef {{kind: "alone" | "measuring" | "good" | "fair" | "weak", bars: Quality} |
 *   {kind: "except", bars: Quality, weak: string[]}} Verdict `weak`: the names of those whose connection is
 */

/** @param {Pick<State, "self" | "participants" | "quality">} state @param {boolean} measured @returns {Verdict} */
export const verdict = ({self, participants, quality}, measured) => {
  const others = participants.filter(({id}) => id !== self);
  if (others.length === 0) return {kind: "alone", bars: 3};
  if (!measured) return {kind: "measuring", bars: 3};
  const weak = others.filter(({id}) => quality[id] === 1);
  const own = quality[self ?? ""] ?? 3;
  if (own === 1 || (weak.length === others.length && others.length > 1)) return {kind: "weak", bars: 1};
  if (weak.length > 0) return {kind: "except", bars: 2, weak: weak.map(({name}) => name)};
  const fair = own === 2 || others.some(({id}) => quality[id] === 2);
  return fair ? {kind: "fair", bars: 2} : {kind: "good", bars: 3};
};
