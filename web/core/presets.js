// Chains that this browser keeps under names.

/** @typedef {import("./types.js").Preset} Preset */

const KEY = "greenroom.presets";
const MOST = 30;
const LONGEST_NAME = 40;

/** @param {import("./storage.js").Keeper} storage @returns {Preset[]} in the order in which they were saved */
export const readPresets = (storage) => {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isPreset).slice(-MOST) : [];
  } catch {
    return [];
  }
};

/**
 * @param {import("./storage.js").Keeper} storage
 * @param {Preset} preset takes the place of one of the same name
 */
export const keepPreset = (storage, preset) => {
  const name = preset.name.trim().slice(0, LONGEST_NAME);
  const others = readPresets(storage).filter((one) => one.name !== name);
  storage.setItem(KEY, JSON.stringify([...others, {...preset, name}].slice(-MOST)));
  return readPresets(storage);
};

/** @param {import("./storage.js").Keeper} storage @param {string} name */
export const dropPreset = (storage, name) => {
  storage.setItem(KEY, JSON.stringify(readPresets(storage).filter((one) => one.name !== name)));
  return readPresets(storage);
};

/** @param {any} value what some version of this page may have written @returns {value is Preset} */
const isPreset = (value) =>
  typeof value?.name === "string" && value.name !== "" && isChain(value.video) && isChain(value.audio);

/** @param {any} chain */
const isChain = (chain) =>
  Array.isArray(chain) &&
  chain.every((one) => typeof one?.filter === "string" && typeof one.params === "object" && one.params !== null);
