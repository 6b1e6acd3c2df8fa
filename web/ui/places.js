// Who stands where. Pure. See ui.md: joining order; you last on page one; a speaker from another page takes the
// longest-silent place of page one; nobody who is on the visible page moves because they spoke.

const SWAP_EVERY_MS = 3000;

/** @typedef {{order: string[], lastSpoke: Record<string, number>, swappedAt: number}} Places */

/** @returns {Places} */
export const noPlaces = () => ({order: [], lastSpoke: {}, swappedAt: -Infinity});

/**
 * @param {Places} places @param {string[]} others in joining order, without you
 * @param {Record<string, boolean>} speaking @param {number} onFirstPage how many of the others page one holds
 * @param {number} now
 * @returns {Places}
 */
export const arrange = (places, others, speaking, onFirstPage, now) => {
  const here = new Set(others);
  const kept = places.order.filter((id) => here.has(id));
  const order = [...kept, ...others.filter((id) => !kept.includes(id))];
  const lastSpoke = Object.fromEntries(
    others.map((id) => [id, speaking[id] ? now : (places.lastSpoke[id] ?? -Infinity)]),
  );
  const first = order.slice(0, onFirstPage);
  const hidden = order.slice(onFirstPage).find((id) => speaking[id]);
  const silent = first.filter((id) => !speaking[id]);
  if (!hidden || silent.length === 0 || now - places.swappedAt < SWAP_EVERY_MS)
    return {order, lastSpoke, swappedAt: places.swappedAt};
  const quietest = silent.reduce((a, b) => ((lastSpoke[b] ?? 0) < (lastSpoke[a] ?? 0) ? b : a));
  const swapped = order.map((id) => (id === quietest ? hidden : id === hidden ? quietest : id));
  return {order: swapped, lastSpoke, swappedAt: now};
};

/** Cuts the order into pages; you are the last of the first.
 * @param {string[]} order @param {string} self @param {number} perPage
 * @returns {string[][]}
 */
export const paginate = (order, self, perPage) => {
  const first = Math.max(0, perPage - 1);
  const pages = [[...order.slice(0, first), self]];
  for (let n = first; n < order.length; n += perPage) pages.push(order.slice(n, n + perPage));
  return pages;
};
