/** @import { Size } from "../lib/run.js" */

/** Contacts of the books that are measured. */
export const BOOKS = /** @type {const} */ ([300, 1_000, 10_000, 100_000]);
/** The book that throughput is measured with. */
export const LOADED_BOOK = 1_000;
/** More than a call takes, so that a full sync is a session. */
export const CALL = 10_000;
/** What a delta changes: numbers that come, and numbers that go. */
export const ADDED = 3;
export const REMOVED = 1;
export const CLIENTS = /** @type {const} */ ([1, 16]);

/** `nothing` and `changed` are deltas, `full` is the device's whole snapshot, unchanged. */
export const KINDS = /** @type {const} */ (["nothing", "changed", "full"]);

/**
 * How much is measured.
 *
 * - `calls`: of each kind a round, with full syncs fewer, `fullCalls`
 * - `devices`: of a book of 1,000, each an owner's, and requests a round under load
 * - `holders`: in how many books the numbers are that are linked; the last of them is everybody's.
 *   `rounds` of each
 *
 * @type {Record<Size, {
 *   rounds: number, calls: number, fullCalls: number, devices: number, directorySize: number,
 *   holders: { books: number, links: number, rounds: number }[], sizes: number,
 * }>}
 */
export const SIZES = {
  quick: {
    rounds: 5,
    calls: 15,
    fullCalls: 2,
    devices: 32,
    directorySize: 20_000,
    holders: [
      { books: 1, links: 30, rounds: 3 },
      { books: 1_000, links: 5, rounds: 3 },
      { books: 20_000, links: 1, rounds: 2 },
    ],
    sizes: 30_000,
  },
  full: {
    rounds: 9,
    calls: 40,
    fullCalls: 2,
    devices: 96,
    directorySize: 100_000,
    holders: [
      { books: 1, links: 100, rounds: 4 },
      { books: 1_000, links: 20, rounds: 4 },
      { books: 1_000_000, links: 1, rounds: 2 },
    ],
    sizes: 300_000,
  },
};

/** The marks of DESIGN and of the issue that this part is for. */
export const MARKS = {
  nothingToRoute: 1.3,
  nothingToFull: 10,
  changedToNothing: 2,
  bytes: 1_024,
  linkToUpdate: 3,
  othersToIdle: 2,
  contactToBefore: 1.01, // an index that is empty has a page
};
