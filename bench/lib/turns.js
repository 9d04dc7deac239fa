/**
 * The items in the same order, beginning with another one each time, so that nobody always has the
 * quieter part of a round.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} by the round
 * @returns {Item[]}
 */
export function rotated(items, by) {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/**
 * Counters of owners, each given once.
 *
 * @param {number} first the one before
 * @returns {() => number}
 */
export function counterFrom(first) {
  let next = first;
  return () => {
    next += 1;
    return next;
  };
}
