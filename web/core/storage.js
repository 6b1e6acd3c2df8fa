// What the browser keeps for us. A browser that keeps nothing (blocked, full) must not stop a call.

/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem">} Keeper */

/**
 * @param {() => Storage} open reading the property may throw already
 * @returns {Keeper}
 */
export const keeper = (open) => ({
  getItem: (key) => attempt(() => open().getItem(key)) ?? null,
  setItem: (key, value) => attempt(() => open().setItem(key, value)),
  removeItem: (key) => attempt(() => open().removeItem(key)),
});

/**
 * @template T
 * @param {() => T} work
 * @returns {T | undefined}
 */
const attempt = (work) => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** What this device remembers. */
export const device = keeper(() => localStorage);
/** What this tab remembers, over a reload. */
export const tab = keeper(() => sessionStorage);
