// Our own effects in the state, and what filters say of people.

import {allOf, noEffects} from "./chain.js";

/** @typedef {import("./types.js").Effects} Effects */
/** @typedef {import("./types.js").EffectsState} EffectsState */
/** @typedef {import("./types.js").Trouble} Trouble */
/**
 * @typedef {(
 *   | {type: "effects", change: Partial<EffectsState>, chosen?: boolean}
 *   | {type: "trouble", trouble: Trouble}
 *   | {type: "mended", id: string}
 * )} EffectsAction `chosen`: the person changed them, not the server; `mended`: whatever was said of this effect is over
 */

const MOST_TROUBLES = 8;

/** @returns {EffectsState} */
export const emptyEffects = () => ({
  own: noEffects(),
  saved: noEffects(),
  canUndo: false,
  held: false,
  again: false,
  trying: false,
  filters: null,
  unlisted: false,
  troubles: [],
  cost: {video: null, audio: null},
  picture: null,
});

/**
 * @param {EffectsState} effects
 * @param {EffectsAction} action
 * @returns {EffectsState}
 */
export const reduceEffects = (effects, action) => {
  switch (action.type) {
    case "effects":
      return settled({...effects, ...action.change}, action.chosen === true && isAnother(effects.own, action.change.own));
    case "trouble": {
      const others = effects.troubles.filter(({id}) => id !== action.trouble.id);
      return {...effects, troubles: [action.trouble, ...others].slice(0, MOST_TROUBLES)};
    }
    case "mended":
      return {...effects, troubles: effects.troubles.filter(({id}) => id !== action.id)};
  }
};

/**
 * @param {Effects} before
 * @param {Effects} [now]
 * @returns {boolean} whether these are other effects, whatever their order and parameters
 */
const isAnother = (before, now = before) => idsOf(before).sort().join(" ") !== idsOf(now).sort().join(" ");

/** @param {Effects} effects */
const idsOf = (effects) => allOf(effects).map(({id}) => id);

/** What went wrong with an effect that we took out ourselves concerns nobody; one that was taken from us does, until we
 * choose others.
 * @param {EffectsState} effects
 * @param {boolean} anew
 * @returns {EffectsState}
 */
const settled = (effects, anew) => {
  const here = new Set(idsOf(effects.own));
  const troubles = effects.troubles.filter(({id, off}) => here.has(id) || (off && !anew));
  return troubles.length === effects.troubles.length ? effects : {...effects, troubles};
};
