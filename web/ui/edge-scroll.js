// What is dragged to an edge of what scrolls takes it along.

/** So near to an edge, in pixels; at the edge it is fastest. */
const EDGE_PX = 48;
const FASTEST_PX = 12;

/**
 * @param {HTMLElement} box what scrolls; its scroll-padding is where others lie over it
 * @param {HTMLElement} list what is dragged about in: no further than to its ends
 * @param {{y: () => number | null, scrolled: () => void, signal: AbortSignal}} drag `y`: of the pointer; null before it
 *   has moved
 */
export const edgeScroll = (box, list, {y, scrolled, signal}) => {
  const turn = () => {
    if (signal.aborted) return;
    const at = y();
    const by = at === null ? 0 : stepAt(box, list, at);
    const before = box.scrollTop;
    box.scrollTop += by;
    if (box.scrollTop !== before) scrolled();
    requestAnimationFrame(turn);
  };
  requestAnimationFrame(turn);
};

/** @param {HTMLElement} box @param {HTMLElement} list @param {number} y @returns {number} pixels for one frame */
const stepAt = (box, list, y) => {
  const {scrollPaddingTop, scrollPaddingBottom} = getComputedStyle(box);
  const edges = box.getBoundingClientRect();
  const ends = list.getBoundingClientRect();
  const top = edges.top + (Number.parseFloat(scrollPaddingTop) || 0);
  const bottom = edges.bottom - (Number.parseFloat(scrollPaddingBottom) || 0);
  const above = Math.min(1, (top + EDGE_PX - y) / EDGE_PX);
  const below = Math.min(1, (y - bottom + EDGE_PX) / EDGE_PX);
  if (above > 0 && ends.top < top) return -Math.ceil(above * FASTEST_PX);
  if (below > 0 && ends.bottom > bottom) return Math.ceil(below * FASTEST_PX);
  return 0;
};
