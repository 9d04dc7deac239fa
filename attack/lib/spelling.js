// How a number is written into a dump: by which of the attacker's own marks its contact bears. A mark
// is an account that holds it, or a device, or anything else that a dump shows.

/**
 * Which marks the number at this place of the dictionary bears: the ones in its index, counted from 1.
 *
 * @param {number} index from 0
 * @param {number} mark from 0
 */
export const bears = (index, mark) => Math.floor((index + 1) / 2 ** mark) % 2 === 1;

/** How many marks a dictionary of this size takes. @param {number} size */
export const marksFor = (size) => Math.floor(Math.log2(size)) + 1;

/**
 * Reads the index back from the marks; -1 for none.
 *
 * @param {Iterable<number>} marks
 */
export function indexOf(marks) {
  let code = 0;
  for (const mark of marks) code += 2 ** mark;
  return code - 1;
}

/**
 * The largest dictionary that so many accounts can spell, each of which may hold so many numbers: the
 * sets of accounts with the fewest members first.
 *
 * @param {number} accounts
 * @param {number} each numbers that an account may hold
 */
export function largestDictionary(accounts, each) {
  let left = accounts * each;
  let size = 0;
  let sets = 1;
  for (let members = 1; members <= accounts && left >= members; members += 1) {
    sets = (sets * (accounts - members + 1)) / members;
    const taken = Math.min(sets, Math.floor(left / members));
    size += taken;
    left -= taken * members;
  }
  return Math.floor(size);
}
