/** Keys that a field which takes no letters uses itself. @type {Record<string, RegExp>} */
const OWN_KEYS = {
  range: /^(Arrow(Up|Down|Left|Right)|Home|End|PageUp|PageDown)$/,
  color: /^( |Enter)$/,
  file: /^( |Enter)$/,
};

/** Whether a key press belongs to a field, a list or a menu rather than to the call.
 * @param {KeyboardEvent} event
 */
export const isTyping = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest("[role=menu], dialog") !== null) return true;
  const own = target instanceof HTMLInputElement ? OWN_KEYS[target.type] : undefined;
  return own ? own.test(event.key) : target.closest("input, textarea, select, [contenteditable]") !== null;
};
