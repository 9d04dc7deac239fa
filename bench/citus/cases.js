/** @import { Size } from "../lib/run.js" */

/**
 * How much is measured. `owners` books of some contacts each are there before; `rounds` of syncs,
 * and of links by how many contacts a turn changes.
 *
 * @type {Record<Size, Record<"owners" | "directory" | "someBooks" | "rounds" | "roundsOfAll", number>>}
 */
export const SIZES = {
  quick: { owners: 5_000, directory: 20_000, someBooks: 1_000, rounds: 3, roundsOfAll: 1 },
  full: { owners: 100_000, directory: 100_000, someBooks: 1_000, rounds: 9, roundsOfAll: 2 },
};

/** Of one owner, one after the other; the last two are deltas, of which the last is empty. */
export const KINDS = /** @type {const} */ (["first", "unchanged", "delta", "nothing"]);

/**
 * The books that are synced, by how many clients at a time, and how many each of them syncs in a
 * turn: what is short needs more of them.
 */
export const LOADS = /** @type {const} */ ([
  { contacts: 300, clients: 1, books: 6 },
  { contacts: 300, clients: 16, books: 2 },
  { contacts: 10_000, clients: 1, books: 1 },
  { contacts: 10_000, clients: 16, books: 1 },
]);

export const MOST_CLIENTS = Math.max(...LOADS.map(({ clients }) => clients));

/**
 * Who does the work of a call. In a transaction block of the caller's it is done from the
 * coordinator (`undelegated`), otherwise where the owner's rows lie (`delegated`). Each stands
 * beside PostgreSQL that is called alike.
 *
 * @typedef {"plain" | "plain in a block" | "delegated" | "undelegated"} SubjectName
 *
 * @type {readonly { name: SubjectName, isSpread: boolean, inBlock: boolean, beside?: SubjectName }[]}
 */
export const SUBJECTS = [
  { name: "plain", isSpread: false, inBlock: false },
  { name: "plain in a block", isSpread: false, inBlock: true },
  { name: "delegated", isSpread: true, inBlock: false, beside: "plain" },
  { name: "undelegated", isSpread: true, inBlock: true, beside: "plain in a block" },
];

/**
 * @typedef {object} LinkCase
 * @property {string} name in ids
 * @property {string} label
 * @property {"nobody" | "single" | "some" | "everybody"} kind where the numbers are
 * @property {number} books that hold each number
 * @property {number} numbers that a turn links
 * @property {"one by one" | "together" | "16 at a time"} how
 * @property {number} rounds
 */

/**
 * @param {Size} size
 * @returns {LinkCase[]}
 */
export function linkCasesOf(size) {
  const { owners, someBooks, rounds, roundsOfAll } = SIZES[size];
  const number = (/** @type {number} */ count) => count.toLocaleString("en");
  return [
    {
      name: "nobody",
      label: "1,000 numbers in no book, in one call",
      kind: "nobody",
      books: 0,
      numbers: 1_000,
      how: "together",
      rounds,
    },
    {
      name: "single",
      label: "a number in one book",
      kind: "single",
      books: 1,
      numbers: 10,
      how: "one by one",
      rounds,
    },
    {
      name: "single-16",
      label: "a number in one book, 16 at a time",
      kind: "single",
      books: 1,
      numbers: 64,
      how: "16 at a time",
      rounds,
    },
    {
      name: "some",
      label: `a number in ${number(someBooks)} books`,
      kind: "some",
      books: someBooks,
      numbers: 1,
      how: "one by one",
      rounds,
    },
    {
      name: "everybody",
      label: `a number in ${number(owners)} books`,
      kind: "everybody",
      books: owners,
      numbers: 1,
      how: "one by one",
      rounds: roundsOfAll,
    },
  ];
}
