/** @import { Size } from "../lib/run.js" */

/** Cards of the books that are measured, one number each. */
export const BOOKS = /** @type {const} */ ([1_000, 10_000]);
/** The book in which turns of the thread are measured. */
export const TURNS_BOOK = 10_000;

/**
 * One after the other of the same phone. `first`: the service knows nothing of it. `nothing`: the
 * same book again, after the app was ended. `changed`: likewise, with four changes.
 */
export const KINDS = /** @type {const} */ (["first", "nothing", "changed"]);
/** Cards that come, and as many others that go: of each, one has an account and one has none. */
export const CHANGED = 2;

/** `sdk`: createFriendFinder. `hand`: by-hand.js. */
export const SUBJECTS = /** @type {const} */ (["sdk", "hand"]);

/** Nothing may hold the thread for longer, of a book of 10,000. */
export const LONGEST_TURN_MS = 8;

/**
 * How much is measured.
 *
 * @type {Record<Size, { rounds: number, directorySize: number }>}
 */
export const SIZES = {
  quick: { rounds: 7, directorySize: 20_000 },
  full: { rounds: 25, directorySize: 100_000 },
};
