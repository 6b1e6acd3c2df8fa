// What a page keeps so that it can come back after a reload, and the lock that says a page is in the call.

/** @typedef {import("./types.js").PendingMessage} PendingMessage */
/**
 * @typedef {{
 *   token: string, self: string, since: number, microphone: boolean, camera: boolean, pending: PendingMessage[],
 * }} Session `since`: when the call began; the devices: whether they were wanted
 */

/** @param {string} roomId */
const key = (roomId) => `greenroom.session.${roomId}`;

/**
 * @param {import("./storage.js").Keeper} storage sessionStorage: one tab's own
 * @param {string} roomId
 * @returns {Session | null}
 */
export const readSession = (storage, roomId) => {
  try {
    const session = JSON.parse(storage.getItem(key(roomId)) ?? "null");
    const whole = typeof session?.token === "string" && typeof session.self === "string";
    return whole && Array.isArray(session.pending) ? session : null;
  } catch {
    return null;
  }
};

/**
 * @param {import("./storage.js").Keeper} storage
 * @param {string} roomId
 * @param {Session | null} session
 */
export const writeSession = (storage, roomId, session) => {
  if (session) storage.setItem(key(roomId), JSON.stringify(session));
  else storage.removeItem(key(roomId));
};

const RELOAD_PATIENCE_MS = 1_500;

/**
 * Takes the lock of a participant for as long as this page lives or until it is released. A duplicated tab has a copy
 * of our session; the lock keeps it from taking the participant away from the page that is in the call.
 * @param {string} participantId
 * @param {{locks: LockManager | undefined, reloaded: boolean}} environment without locks (a page that is not secure)
 *   only a reload is believed
 * @returns {Promise<(() => void) | null>} the releasing function, or null when another page has it
 */
export const takeLock = (participantId, {locks, reloaded}) => {
  if (!locks) return Promise.resolve(reloaded ? () => {} : null);
  // After a reload, the lock of the page before us may take a moment to go.
  const options = reloaded ? {signal: AbortSignal.timeout(RELOAD_PATIENCE_MS)} : {ifAvailable: true};
  return new Promise((resolve) => {
    locks
      .request(`greenroom:${participantId}`, options, (lock) => {
        if (!lock) return resolve(null);
        return new Promise((release) => resolve(() => release(undefined)));
      })
      .catch(() => resolve(null));
  });
};
