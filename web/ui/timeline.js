// Chat as it is shown: messages and notes in the order of time, days marked, what one person says in a row grouped. Pure.

/** @typedef {import("../core/types.js").ChatMessage} ChatMessage */
/** @typedef {import("../core/types.js").ChatNote} ChatNote */
/**
 * @typedef {{kind: "day", key: string, at: number}
 *   | {kind: "note", key: string, note: ChatNote}
 *   | {kind: "messages", key: string, messages: [ChatMessage, ...ChatMessage[]]}} Entry
 */

const SAME_BREATH_MS = 5 * 60_000;

/** @param {ChatNote} note */
export const noteKey = ({kind, id, at}) => `${kind} ${id} ${at}`;

/** What came after a note. Only the newest notes are kept, so counting them tells nothing.
 * @param {ChatNote[]} notes @param {string | null} key of the last note that was seen
 */
export const notesAfter = (notes, key) => notes.slice(notes.findLastIndex((note) => noteKey(note) === key) + 1);

/** @param {number} a @param {number} b */
const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

/** @param {ChatMessage[]} messages @param {ChatNote[]} notes @param {number} now @returns {Entry[]} */
export const timeline = (messages, notes, now) => {
  const entries = /** @type {Entry[]} */ ([]);
  let day = now;
  let next = 0;
  const mark = (/** @type {number} */ at) => {
    if (!sameDay(at, day)) entries.push({kind: "day", key: `day ${at}`, at});
    day = at;
  };
  const notesUntil = (/** @type {number} */ at) => {
    for (let note = notes[next]; note && note.at < at; note = notes[next]) {
      mark(note.at);
      entries.push({kind: "note", key: noteKey(note), note});
      next += 1;
    }
  };
  for (const message of messages) {
    notesUntil(message.sent_at);
    mark(message.sent_at);
    const last = entries.at(-1);
    const before = last?.kind === "messages" ? last.messages.at(-1) : undefined;
    if (last?.kind === "messages" && before?.from === message.from && message.sent_at - before.sent_at < SAME_BREATH_MS)
      last.messages.push(message);
    else entries.push({kind: "messages", key: `message ${message.seq}`, messages: [message]});
  }
  notesUntil(Infinity);
  return entries;
};
