// What we have chosen to look and sound like, and every change of it. Pure.

/** @typedef {import("./types.js").Effect} Effect */
/** @typedef {import("./types.js").Effects} Effects */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Param} Param */
/** @typedef {import("./types.js").ParamValue} ParamValue */
/** @typedef {import("./types.js").Preset} Preset */
/** @typedef {import("./types.js").PresetEffect} PresetEffect */

export const MOST_EFFECTS = 8;
const KINDS = /** @type {const} */ (["video", "audio"]);

/** @returns {Effects} */
export const noEffects = () => ({video: [], audio: [], shown: false});

/** @param {Effects} effects */
export const isOff = ({video, audio}) => video.length === 0 && audio.length === 0;

/** Whether the server has something to do: sound is changed for the others alone. @param {Effects} effects */
export const needsServer = ({video, audio, shown}) => video.length > 0 || (shown && audio.length > 0);

/** @param {Effects} effects @returns {Effect[]} the picture's first */
export const allOf = ({video, audio}) => [...video, ...audio];

/** @param {Filter} filter @returns {Record<string, ParamValue>} */
export const defaultsOf = ({params}) => Object.fromEntries(params.map((param) => [param.name, param.default]));

/**
 * Puts a filter at the end of its chain. A full chain stays as it is.
 * @param {Effects} effects
 * @param {Filter} filter
 * @param {string} id
 * @returns {Effects}
 */
export const add = (effects, filter, id) => {
  const chain = effects[filter.kind];
  if (chain.length >= MOST_EFFECTS) return effects;
  const effect = {id, filter: filter.name, title: filter.title, params: defaultsOf(filter)};
  return {...effects, [filter.kind]: [...chain, effect]};
};

/** @param {Effects} effects @param {string[]} ids @returns {Effects} nothing is shown of what is empty */
export const without = (effects, ids) => {
  const kept = mapChains(effects, (chain) => chain.filter(({id}) => !ids.includes(id)));
  return {...kept, shown: kept.shown && !isOff(kept)};
};

/**
 * Takes one effect to another place of its own chain.
 * @param {Effects} effects
 * @param {string} id
 * @param {number} to counted from 0; beyond an end is at that end
 * @returns {Effects}
 */
export const move = (effects, id, to) =>
  mapChains(effects, (chain) => {
    const effect = chain.find((one) => one.id === id);
    if (!effect) return chain;
    const rest = chain.filter((one) => one !== effect);
    const place = Math.min(Math.max(0, to), rest.length);
    return [...rest.slice(0, place), effect, ...rest.slice(place)];
  });

/** @param {Effects} effects @param {string} id @param {Record<string, ParamValue>} params @returns {Effects} */
export const withParams = (effects, id, params) =>
  mapChains(effects, (chain) => chain.map((one) => (one.id === id ? {...one, params: {...one.params, ...params}} : one)));

/** @param {Effects} effects @param {boolean} shown @returns {Effects} */
export const withShown = (effects, shown) => ({...effects, shown: shown && !isOff(effects)});

/**
 * The nearest number that a parameter may be.
 * @param {Param} param
 * @param {number} value
 */
export const fitNumber = ({low, high, step, whole, default: standard}, value) => {
  if (!Number.isFinite(value)) return Number(standard);
  const grain = whole ? Math.max(1, step) : step;
  const stepped = grain > 0 ? low + Math.round((value - low) / grain) * grain : value;
  const within = Math.min(high, Math.max(low, stepped));
  // 0.1 + 0.2 is no number that anybody wants to read.
  return Number(within.toFixed(6));
};

/**
 * Whether the bare picture may not be seen. What is not in the list is taken for such a filter.
 * @param {Effects} effects
 * @param {Filter[] | null} filters
 */
export const hides = ({video, shown}, filters) => shown && wouldHide(video, filters);

/** Whether one of these hides something, once it is shown. @param {{filter: string}[]} video @param {Filter[] | null} filters */
export const wouldHide = (video, filters) =>
  video.some(({filter}) => filters?.find(({name}) => name === filter)?.private ?? true);

/** What the server is asked for. @param {Effects} effects */
export const toRequest = ({video, audio, shown}) => {
  const bare = (/** @type {Effect[]} */ chain) => chain.map(({id, filter, params}) => ({id, filter, params}));
  return {video: bare(video), audio: bare(audio), shown};
};

/** @param {Effects} one @param {Effects} other */
export const isSame = (one, other) => JSON.stringify(toRequest(one)) === JSON.stringify(toRequest(other));

/**
 * A chain to keep under a name. Pictures stay where they were given: their ids mean nothing later. That there was one is
 * kept, to be said when the chain comes back without it.
 * @param {string} name
 * @param {Effects} effects
 * @param {Filter[]} filters
 * @returns {Preset}
 */
export const toPreset = (name, {video, audio}, filters) => {
  const kept = (/** @type {Effect[]} */ chain) =>
    chain.map(({filter, title, params}) => {
      const images = filters.find((one) => one.name === filter)?.params.filter(({kind}) => kind === "image") ?? [];
      const without = Object.entries(params).filter(([param]) => !images.some((image) => image.name === param));
      const pictured = images.some(({name: image}) => Boolean(params[image]));
      return {filter, title, params: Object.fromEntries(without), ...(pictured ? {pictured} : {})};
    });
  return {name, video: kept(video), audio: kept(audio)};
};

/**
 * What a preset stands for now: filters that are gone are left out, and parameters are what the filters have today.
 * @param {Preset} preset
 * @param {Filter[]} filters
 * @param {() => string} newId
 * @param {boolean} shown
 * @returns {{effects: Effects, gone: PresetEffect[], pictureless: PresetEffect[]}} `gone`: what was left out;
 *   `pictureless`: what had a picture and has none now
 */
export const fromPreset = ({video, audio}, filters, newId, shown) => {
  const kept = {video: video.slice(0, MOST_EFFECTS), audio: audio.slice(0, MOST_EFFECTS)};
  const find = (/** @type {PresetEffect} */ {filter}, /** @type {Filter["kind"]} */ kind) =>
    filters.find((one) => one.name === filter && one.kind === kind && !one.broken);
  const chain = (/** @type {Filter["kind"]} */ kind) =>
    kept[kind].flatMap((one) => {
      const filter = find(one, kind);
      if (!filter) return [];
      const known = filter.params.map((param) => [param.name, fitting(param, one.params[param.name])]);
      return [{id: newId(), filter: one.filter, title: filter.title, params: Object.fromEntries(known)}];
    });
  const those = (/** @type {(one: PresetEffect, there: boolean) => boolean} */ wanted) =>
    KINDS.flatMap((kind) => kept[kind].filter((one) => wanted(one, find(one, kind) !== undefined)));
  return {
    effects: withShown({video: chain("video"), audio: chain("audio"), shown: true}, shown),
    gone: those((_, there) => !there),
    pictureless: those(({pictured}, there) => there && pictured === true),
  };
};

/**
 * @param {Param} param
 * @param {ParamValue | undefined} value
 * @returns {ParamValue}
 */
const fitting = (param, value) => {
  if (typeof value !== typeof param.default) return param.default;
  if (typeof value === "number") return fitNumber(param, value);
  if (param.kind === "choice" && !param.choices.some((choice) => choice.value === value)) return param.default;
  return value ?? param.default;
};

/** @param {Effects} effects @param {(chain: Effect[]) => Effect[]} change @returns {Effects} */
const mapChains = (effects, change) => ({...effects, video: change(effects.video), audio: change(effects.audio)});
