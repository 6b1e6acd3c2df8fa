// Chains that this browser keeps under names.

/** @typedef {import("./types.js").Preset} Preset */

const KEY = "greenroom.presets";
export const MOST_PRESETS = 30;
const LONGEST_NAME = 40;

/** @param {import("./storage.js").Keeper} storage @returns {Preset[]} in the order in which they were saved */
export const readPresets = (storage) => {
  try {
    const presets = JSON.parse(storage.getItem(KEY) ?? "[]");
    return Array.isArray(presets) ? presets.filter(isPreset).slice(-MOST_PRESETS) : [];
  } catch {
    return [];
  }
};

/** As a preset is kept under it. @param {string} name */
const kept = (name) => name.trim().slice(0, LONGEST_NAME).trim();

/**
 * What would become of a preset under this name. `full`: there are as many as are kept, so it is not kept.
 * @param {Preset[]} presets
 * @param {string} name
 * @returns {"nameless" | "new" | "replaces" | "full"}
 */
export const placeFor = (presets, name) => {
  if (kept(name) === "") return "nameless";
  if (presets.some((one) => one.name === kept(name))) return "replaces";
  return presets.length < MOST_PRESETS ? "new" : "full";
};

/**
 * @param {import("./storage.js").Keeper} storage
 * @param {Preset} preset takes the place of one of the same name
 * @returns {Preset[]} those that are kept now: without it, when there was no place for it
 */
export const keepPreset = (storage, preset) => {
  const presets = readPresets(storage);
  const place = placeFor(presets, preset.name);
  if (place !== "new" && place !== "replaces") return presets;
  const name = kept(preset.name);
  storage.setItem(KEY, JSON.stringify([...presets.filter((one) => one.name !== name), {...preset, name}]));
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
