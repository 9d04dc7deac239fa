/** @import { Size } from "../lib/run.js" */

/**
 * How much is measured.
 *
 * @typedef {object} Extent
 * @property {number} contacts a bulk insert; 10,000 are the most that one call takes
 * @property {number[]} owners over how many they are spread
 * @property {number} stored contacts, of other owners, that are there before
 * @property {number} directory numbers that are there before
 * @property {number} rounds
 * @property {boolean} clears whether a round's contacts are taken away behind it, which takes as
 *   long as the round, or stay where there are few rounds
 */

/** @type {Record<Size, Extent>} */
export const SIZES = {
  quick: {
    contacts: 4_000,
    owners: [1, 4_000],
    stored: 99_900,
    directory: 20_000,
    rounds: 3,
    clears: false,
  },
  full: {
    contacts: 10_000,
    owners: [1, 100, 10_000],
    stored: 999_900,
    directory: 1_000_000,
    rounds: 11,
    clears: true,
  },
};

/** The first one inserts, the second finds everything as it is. */
export const KINDS = /** @type {const} */ (["first", "unchanged"]);

/** @typedef {(typeof KINDS)[number]} Kind */
