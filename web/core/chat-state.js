// Chat in the state: stored messages in the order of their seq, our own on their way, and who came and went.

/** @typedef {import("./types.js").State["chat"]} Chat */
/** @typedef {import("./types.js").ChatMessage} ChatMessage */
/** @typedef {import("./types.js").ChatNote} ChatNote */
/** @typedef {import("./types.js").PendingMessage} PendingMessage */
/**
 * @typedef {(
 *   | {type: "pending", pending: PendingMessage[]}
 *   | {type: "stored", message: ChatMessage}
 *   | {type: "older", messages: ChatMessage[], more: boolean}
 *   | {type: "filled", messages: ChatMessage[]}
 *   | {type: "noted", note: ChatNote}
 * )} ChatAction
 */

const MAX_NOTES = 200;

/** @returns {Chat} */
export const emptyChat = () => ({messages: [], pending: [], notes: [], more: false, unread: 0});

/**
 * @param {Chat} chat
 * @param {ChatAction} action
 * @returns {Chat}
 */
export const reduceChat = (chat, action) => {
  switch (action.type) {
    case "pending":
      return {...chat, pending: action.pending};
    case "stored":
      return addMessages(chat, [action.message], {newest: true, more: false});
    case "older":
      return addMessages(chat, action.messages, {newest: false, more: action.more});
    case "filled":
      return addMessages(chat, action.messages, {newest: true, more: false});
    case "noted":
      return {...chat, notes: [...chat.notes, action.note].slice(-MAX_NOTES)};
  }
};

/**
 * Merges messages by seq, so that one that comes twice stands once.
 * @param {Chat} chat
 * @param {ChatMessage[]} added oldest first
 * @param {{newest: boolean, more: boolean}} page `newest`: these follow what we have, so they say nothing about what
 *   is older than our oldest, unless we had nothing; `more`: whether there is anything before them
 * @returns {Chat}
 */
export const addMessages = (chat, added, {newest, more}) => {
  const messages = merge(chat.messages, added);
  const stored = new Set(added.map(({client_id}) => client_id));
  const older = newest && chat.messages.length > 0 ? chat.more : more;
  return {...chat, messages, more: older, pending: chat.pending.filter(({client_id}) => !stored.has(client_id))};
};

/**
 * @param {ChatMessage[]} known
 * @param {ChatMessage[]} added
 */
const merge = (known, added) => {
  const first = added[0];
  const last = known.at(-1);
  if (!first) return known;
  if (!last || first.seq > last.seq) return [...known, ...added];
  const bySeq = new Map([...known, ...added].map((message) => [message.seq, message]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
};

/**
 * What is missing between the messages that we have and a newer page of them.
 * @param {ChatMessage[]} known
 * @param {ChatMessage[]} page
 * @param {boolean} more whether there is anything before the page
 * @returns {{after: number, before: number} | null} both ends are messages that we have
 */
export const gap = (known, page, more) => {
  const last = known.at(-1);
  const first = page[0];
  return more && last && first && first.seq > last.seq ? {after: last.seq, before: first.seq} : null;
};
