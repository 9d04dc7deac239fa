/**
 * @import { Size } from "../lib/run.js"
 * @import { Subject } from "./subjects/subject.js"
 */

/** What is synced: a new owner's book, the same list again, and the list with 1 % others. */
export const KINDS = /** @type {const} */ (["first", "unchanged", "changed"]);

/** @typedef {(typeof KINDS)[number]} Kind */

/** Contacts of an owner. */
export const BOOKS = [300, 1_000, 10_000];

/** The book that the marks are for. */
export const MARKED_BOOK = 10_000;

/**
 * Tables that are there at once, so that a round measures all of them.
 *
 * @typedef {{ name: string, contacts: number, directory: number }} Tables rows that they begin with
 */

/**
 * @param {number} contacts
 * @param {number} directory
 * @returns {Tables}
 */
const tables = (contacts, directory) => ({
  name: `${short(contacts)}-${short(directory)}`,
  contacts,
  directory,
});

/** @param {number} rows */
function short(rows) {
  if (rows >= 1_000_000) return `${rows / 1_000_000}M`;
  return rows >= 1_000 ? `${rows / 1_000}k` : String(rows);
}

/**
 * Where, in how many rounds, and for which syncs a subject takes part.
 *
 * @typedef {object} Limits
 * @property {string[]} tables
 * @property {Record<number, { rounds: number, kinds?: readonly Kind[] }>} books by their contacts
 */

/**
 * How much is measured.
 *
 * @typedef {object} Extent
 * @property {number} rounds after one that warms up
 * @property {Tables[]} tables
 * @property {string} empty and
 * @property {string} large the tables whose times the last mark compares; same directory
 * @property {string} detailed the tables whose costs are shown; everybody takes part there
 * @property {Record<"others" | "slow" | "slowest", Limits>} limits by pace; `others` have none and do
 *   not take part everywhere
 * @property {number} oneByOneBook contacts of the book that the mark of one-by-one is taken from
 */

const QUICK_ROUNDS = 3;
const FULL_ROUNDS = 15;
const ALL_TABLES = ["0-1M", "1M-100k", "1M-1M", "20M-1M"];

/** @type {Record<Size, Extent>} */
export const SIZES = {
  quick: {
    rounds: QUICK_ROUNDS,
    tables: [tables(0, 100_000), tables(300_000, 100_000)],
    empty: "0-100k",
    large: "300k-100k",
    detailed: "300k-100k",
    limits: {
      others: { tables: ["300k-100k"], books: always(QUICK_ROUNDS) },
      slow: {
        tables: ["300k-100k"],
        books: { ...always(QUICK_ROUNDS), 10000: { rounds: 1 } },
      },
      slowest: {
        tables: ["300k-100k"],
        books: {
          300: { rounds: 1, kinds: ["first"] },
          1000: { rounds: QUICK_ROUNDS, kinds: ["first"] },
        },
      },
    },
    oneByOneBook: 1_000,
  },
  full: {
    rounds: FULL_ROUNDS,
    tables: [
      tables(0, 1_000_000),
      tables(1_000_000, 100_000),
      tables(1_000_000, 1_000_000),
      tables(20_000_000, 1_000_000),
    ],
    empty: "0-1M",
    large: "20M-1M",
    detailed: "1M-1M",
    limits: {
      others: { tables: ALL_TABLES, books: always(FULL_ROUNDS) },
      slow: {
        tables: ALL_TABLES,
        books: { ...always(FULL_ROUNDS), 10000: { rounds: 5 } },
      },
      slowest: {
        tables: ["1M-1M"],
        books: {
          300: { rounds: FULL_ROUNDS },
          1000: { rounds: 5 },
          10000: { rounds: 3, kinds: ["first"] },
        },
      },
    },
    oneByOneBook: 10_000,
  },
};

/** @param {number} rounds */
function always(rounds) {
  return Object.fromEntries(BOOKS.map((contacts) => [contacts, { rounds }]));
}

/**
 * The syncs of an owner that a subject does in a turn; none where it does not take part. A slow one
 * warms up with the smallest book.
 *
 * @param {Subject} subject
 * @param {{ size: Size, tables: Tables, contacts: number, round: number }} turn
 * @returns {readonly Kind[]}
 */
export function kindsOfTurn(subject, { size, tables: { name }, contacts, round }) {
  /** @type {readonly Kind[]} */
  const all = subject.onlyFirst ? ["first"] : KINDS;
  if (subject.everywhere) return all;
  const limits = SIZES[size].limits[subject.pace ?? "others"];
  const book = limits.books[contacts];
  if (!limits.tables.includes(name) || book === undefined || round > book.rounds) return [];
  if (round === 0 && subject.pace !== undefined && contacts !== BOOKS[0]) return [];
  return book.kinds ?? all;
}

/** DESIGN's marks, for 10,000 contacts; times of one in times of the other. */
export const MARKS = {
  /** first sync, to a binary COPY of the finished rows; at most */
  copy: 1.5,
  /** the origin's first sync, to ours; at least */
  originFirst: 6,
  /** first sync, to the same list again; at least */
  unchanged: 8,
  /** upserting a list that has not changed, to ours; at least */
  upsertUnchanged: 40,
  /** a create for each contact, to our first sync; at least */
  oneByOne: 50,
  /** first sync into a large table, to the same into an empty one; at most */
  large: 1.5,
};
