import { otherKey, ownerId, registeredKey, registeredUser } from "../lib/phone-keys.js";

// Primes, so that no number comes twice in a book; others than those of the books that are there.
const REGISTERED_STEP = 15_485_863;
const OWNER_STEP = 104_723;
const MIXING_STEP = 7_919;
const FIRST_INTERACTION = Date.UTC(2025, 5, 1);

/**
 * @typedef {object} BulkContact
 * @property {string} ownerId
 * @property {string} phoneKey
 * @property {string | null} userId who has the number
 * @property {boolean} isFavorite one in ten
 * @property {Date | null} lastInteraction of one in five
 */

/**
 * The contacts of one bulk insert, owners mixed, as a queue of an app would hold them. 30 % are
 * registered.
 *
 * @param {number} firstOwner a counter; so many from there are used
 * @param {{ contacts: number, owners: number, directory: number }} counts `contacts` in all, a
 *   multiple of `owners`; `directory`: how many numbers are registered
 * @returns {BulkContact[]}
 */
export function bulkContacts(firstOwner, { contacts, owners, directory }) {
  const contactsAnOwner = contacts / owners;
  /** @returns {BulkContact} */
  const contact = (/** @type {number} */ index) => {
    const owner = firstOwner + Math.floor(index / contactsAnOwner);
    const place = (owner * OWNER_STEP + index * REGISTERED_STEP) % directory;
    const isRegistered = index % 10 < 3;
    return {
      ownerId: ownerId(owner),
      phoneKey: isRegistered ? registeredKey(place) : otherKey(owner, index),
      userId: isRegistered ? registeredUser(place) : null,
      isFavorite: index % 10 === 2,
      lastInteraction: index % 5 === 2 ? new Date(FIRST_INTERACTION + index) : null,
    };
  };
  return Array.from({ length: contacts }, (_, index) => contact((index * MIXING_STEP) % contacts));
}
