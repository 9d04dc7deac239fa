/** @import { Size } from "../lib/run.js" */

/**
 * How much is measured. `owners` books of `BOOK` contacts; one number is in all of them. `rounds`
 * by the number of contacts that a turn changes: what is short needs more of them.
 *
 * @type {Record<Size, Record<"owners" | "directory" | "rounds" | "roundsOfAll", number>>}
 */
export const SIZES = {
  quick: { owners: 20_000, directory: 20_000, rounds: 5, roundsOfAll: 3 },
  full: { owners: 1_000_000, directory: 1_000_000, rounds: 15, roundsOfAll: 3 },
};

/** Contacts an owner: few, so that a million owners fit, each page with several books. */
export const BOOK = 10;

/** Numbers that a turn takes where each is in one book. */
const ONE_BY_ONE = 20;
const TOGETHER = 1_000;
const SOME_BOOKS = 1_000;

/**
 * @typedef {object} Case
 * @property {string} name in ids
 * @property {string} label
 * @property {"everybody" | "some" | "single"} kind where the numbers are, see fill-books.js
 * @property {number} books that hold each number
 * @property {number} numbers that a turn links
 * @property {boolean} together in one call, not one by one
 * @property {number} rounds
 */

/**
 * @param {Size} size
 * @returns {Case[]}
 */
export function casesOf(size) {
  const { owners, rounds, roundsOfAll } = SIZES[size];
  const number = (/** @type {number} */ count) => count.toLocaleString("en");
  return [
    {
      name: "1",
      label: "a number in 1 book",
      kind: "single",
      books: 1,
      numbers: ONE_BY_ONE,
      together: false,
      rounds,
    },
    {
      name: `1x${TOGETHER}`,
      label: `${number(TOGETHER)} numbers in a call, each in 1 book`,
      kind: "single",
      books: 1,
      numbers: TOGETHER,
      together: true,
      rounds,
    },
    {
      name: String(SOME_BOOKS),
      label: `a number in ${number(SOME_BOOKS)} books`,
      kind: "some",
      books: SOME_BOOKS,
      numbers: 1,
      together: false,
      rounds,
    },
    {
      name: String(owners),
      label: `a number in everybody's book (${number(owners)})`,
      kind: "everybody",
      books: owners,
      numbers: 1,
      together: false,
      rounds: roundsOfAll,
    },
  ];
}
