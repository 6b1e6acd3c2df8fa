/** The name that a room has in its link: small letters, and "-" between words. Pure.
 * @param {string} typed
 */
export const roomName = (typed) => typed.trim().toLowerCase().replace(/\s+/gu, "-");

/** Whether the server takes it. @param {string} name */
export const isRoomName = (name) => /^[a-z0-9][a-z0-9-]{2,63}$/.test(name);
