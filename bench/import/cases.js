/** @import { Size } from "../lib/run.js" */

/**
 * How much is measured. `contacts` are imported; `stored` are there before, of other owners, and
 * `directory` numbers beside those of the book.
 *
 * @type {Record<Size, Record<"contacts" | "stored" | "directory" | "rounds", number>>}
 */
export const SIZES = {
  quick: { contacts: 50_000, stored: 99_900, directory: 20_000, rounds: 3 },
  full: { contacts: 1_000_000, stored: 999_900, directory: 1_000_000, rounds: 3 },
};

/** What the entries of a stream are. */
export const FORMS = /** @type {const} */ (["hashes", "numbers"]);

/** @typedef {(typeof FORMS)[number]} Form */

/** DESIGN's marks: speed in times COPY's, and the whole process's memory. */
export const LEAST_SPEED_OF_COPY = 0.5;
export const MOST_MEMORY_MB = 200;

/** Contacts an owner of the books that storage is measured with. */
export const BOOK = 300;
