// Our own effects in the state, and what filters say of people.

import {allOf, noEffects} from "./chain.js";

/** @typedef {import("./types.js").EffectsState} EffectsState */
/** @typedef {import("./types.js").Trouble} Trouble */
/**
 * @typedef {(
 *   | {type: "effects", change: Partial<EffectsState>}
 *   | {type: "trouble", trouble: Trouble}
 *   | {type: "mended", id: string}
 * )} EffectsAction `mended`: whatever was said of this effect is over
 */

const MOST_TROUBLES = 8;

/** @returns {EffectsState} */
export const emptyEffects = () => ({
  own: noEffects(),
  saved: noEffects(),
  canUndo: false,
  filters: null,
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
      return settled({...effects, ...action.change});
    case "trouble": {
      const others = effects.troubles.filter(({id}) => id !== action.trouble.id);
      return {...effects, troubles: [action.trouble, ...others].slice(0, MOST_TROUBLES)};
    }
    case "mended":
      return {...effects, troubles: effects.troubles.filter(({id}) => id !== action.id)};
  }
};

/** What went wrong with an effect that we took out ourselves concerns nobody; one that was taken from us does.
 * @param {EffectsState} effects
 * @returns {EffectsState}
 */
const settled = (effects) => {
  const here = new Set(allOf(effects.own).map(({id}) => id));
  const troubles = effects.troubles.filter(({id, off}) => off || here.has(id));
  return troubles.length === effects.troubles.length ? effects : {...effects, troubles};
};
