// Where we are, by the address of the page, and what the page's own address asks for.

// A link out of a sentence often brings the sentence's own punctuation along.
const ROOM_PATH = /^\/r\/([A-Za-z0-9_-]{1,64})[^\p{L}\p{N}]*$/u;

/** @param {URL} url @returns {string | null} the room that the address names */
export const roomOf = (url) => decoded(url.pathname).match(ROOM_PATH)?.[1] ?? null;

/** @param {URL} url */
export const isHome = (url) => url.pathname === "/";

/** @param {string} path */
const decoded = (path) => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a percent sign that stands for itself
  }
};

/** @param {string} roomId */
export const pathOf = (roomId) => `/r/${roomId}`;

/**
 * The address of a call: whoever copies it invites others, and not under our name.
 * @param {string} roomId
 * @param {URL} url the present address
 */
export const callPath = (roomId, url) => pathOf(roomId) + (url.searchParams.get("debug") === "1" ? "?debug=1" : "");

/**
 * What someone pasted: the link of a room, or its id.
 * @param {string} text
 * @param {string} origin of this page
 * @returns {{roomId: string} | {elsewhere: string} | null} `elsewhere`: a room of another server
 */
export const readLink = (text, origin) => {
  const pasted = text.trim();
  if (/^[A-Za-z0-9_-]{1,64}$/.test(pasted)) return {roomId: pasted};
  const url = parse(pasted, origin);
  const roomId = url && roomOf(url);
  if (!url || !roomId) return null;
  return url.origin === origin ? {roomId} : {elsewhere: url.href};
};

/**
 * @param {string} text with or without a scheme
 * @param {string} origin
 */
const parse = (text, origin) => {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : text.startsWith("/") ? origin + text : `https://${text}`;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  const known = url.host === new URL(origin).host ? new URL(url.pathname, origin) : url;
  return known.protocol === "http:" || known.protocol === "https:" ? known : null;
};
