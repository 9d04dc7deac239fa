/** @import { Database } from "./database.js" */
import { createContactSync } from "../../dist/index.js";

// Made from a counter and not at random, so that every run has the same books. Steps are primes
// that do not divide the counts, so that no number comes twice in a book.
const REGISTERED_STEP = 104_729;
const OTHER_STEP = 15_485_863;
const OTHER_NUMBERS = 100_000_000;
/** Of ten contacts, how many have an account. */
const REGISTERED_OF_TEN = 3;

/** The number, in E.164, of the directory's place `index`; below 100,000,000. @param {number} index */
const registeredNumber = (index) => `+2010${String(index).padStart(8, "0")}`;
/** @param {number} index below 100,000,000 */
const otherNumber = (index) => `+2011${String(index).padStart(8, "0")}`;

/** The user id of a counter. @param {number} counter */
export const userId = (counter) =>
  `00000000-0000-4000-8000-${counter.toString(16).padStart(12, "0")}`;

/**
 * An address book of which 30 % are registered.
 *
 * @param {number} seed another for every book
 * @param {number} size contacts
 * @param {number} directorySize how many numbers are registered
 * @returns {string[]} numbers in E.164, each once
 */
export function addressBook(seed, size, directorySize) {
  return Array.from({ length: size }, (_, index) =>
    index % 10 < REGISTERED_OF_TEN
      ? registeredNumber((seed * 7_919 + index * REGISTERED_STEP) % directorySize)
      : otherNumber((seed * 1_000_003 + index * OTHER_STEP) % OTHER_NUMBERS),
  );
}

const NUMBERS_A_CALL = 10_000;

/**
 * Registers so many numbers, each a user's of its own.
 *
 * @param {Database} database
 * @param {number} size
 */
export async function fillDirectory({ connectionString, schema, key }, size) {
  const contactSync = await createContactSync({ database: connectionString, schema, key });
  try {
    for (let from = 0; from < size; from += NUMBERS_A_CALL) {
      await contactSync.linkMany(
        Array.from({ length: Math.min(NUMBERS_A_CALL, size - from) }, (_, index) => ({
          userId: userId(0xd00000000000 + from + index),
          phoneNumber: registeredNumber(from + index),
        })),
      );
    }
  } finally {
    await contactSync.close();
  }
}
