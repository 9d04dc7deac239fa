/**
 * @typedef {object} Size
 * @property {number} contacts rows that tables begin with
 * @property {number} directory rows
 * @property {number} rounds after one that warms up
 * @property {number[]} skewedBooks books that a number is in before more owners add it; growing
 * @property {number} linkedBooks books that a number is in when it is linked; each round has others
 */

/** @type {Record<"quick" | "full", Size>} */
export const SIZES = {
  quick: {
    contacts: 100_000,
    directory: 100_000,
    rounds: 5,
    skewedBooks: [5_000],
    linkedBooks: 100,
  },
  full: {
    contacts: 1_500_000,
    directory: 1_000_000,
    rounds: 5,
    skewedBooks: [50_000, 200_000],
    linkedBooks: 1_000,
  },
};

/** What is synced: a new owner's book, and the same list again. */
export const KINDS = /** @type {const} */ (["first", "unchanged"]);

/** Contacts of an owner; how many owners have a turn, and how often each syncs: short times need more. */
export const BOOKS = [
  { contacts: 10_000, owners: 2, times: { first: 1, unchanged: 2 } },
  { contacts: 300, owners: 3, times: { first: 1, unchanged: 1 } },
];

/** Rounds of what is measured beside syncs. */
export const EXTRA_ROUNDS = 3;
