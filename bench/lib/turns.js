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
  return items.map((_, place) => items[(place + by) % items.length]);
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
