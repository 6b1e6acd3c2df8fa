// How loud this page plays each of the others. Nobody else hears of it.

const KEY = "greenroom.volumes";
const MOST = 100;

/** @param {import("./storage.js").Keeper} storage of this tab @returns {Record<string, number>} 0 to 1, by participant */
export const readVolumes = (storage) => {
  try {
    const kept = Object.entries(JSON.parse(storage.getItem(KEY) ?? "{}"));
    return Object.fromEntries(kept.filter(([, volume]) => typeof volume === "number" && volume >= 0 && volume <= 1));
  } catch {
    return {};
  }
};

/**
 * @param {import("./storage.js").Keeper} storage
 * @param {string} id
 * @param {number} volume
 */
export const keepVolume = (storage, id, volume) => {
  const {[id]: _, ...others} = readVolumes(storage);
  const heard = Math.min(1, Math.max(0, volume));
  const kept = heard === 1 ? others : {...others, [id]: heard};
  storage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-MOST))));
  return kept;
};
