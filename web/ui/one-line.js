// Text as the server takes it: one line, and nothing in it that cannot be seen.

const SPACES = /\s/g;
/** All that the server's is_printable() refuses; the two joiners shape letters and emoji. */
const UNSEEN = /(?![\u200c\u200d])\p{C}/gu;

/** Spaces of other widths, tabs and ends of lines become plain spaces; what only controls the layout goes.
 * @param {string} text typed or pasted
 */
export const oneLine = (text) => text.replace(SPACES, " ").replace(UNSEEN, "");

/**
 * The text of a field, freed of what cannot be sent; the caret stays where it was in the words.
 * @param {HTMLInputElement} field
 */
export const takeLine = (field) => {
  const clean = oneLine(field.value);
  if (clean === field.value) return clean;
  const caret = oneLine(field.value.slice(0, field.selectionStart ?? 0)).length;
  field.value = clean;
  field.setSelectionRange(caret, caret);
  return clean;
};
