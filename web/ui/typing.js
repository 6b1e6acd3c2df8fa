/** Whether a key press belongs to a field, a list or a menu rather than to the call.
 * @param {KeyboardEvent} event
 */
export const isTyping = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.target;
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable], [role=menu], dialog") !== null
  );
};
