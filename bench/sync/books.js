import { otherKey, ownerId, registeredKey, registeredUser } from "../lib/phone-keys.js";

// Primes, so that no number comes twice in a book; others than those of the books that are filled
// in, so that measured owners hold other numbers.
const REGISTERED_STEP = 15_485_863;
const OWNER_STEP = 104_723;

/** Of ten contacts, how many have an account. */
const REGISTERED_OF_TEN = 3;

/**
 * A list of contacts as a device would send it, by its phone keys. MD5 scatters them: they come in
 * no order.
 *
 * @typedef {object} List
 * @property {string} ownerId
 * @property {string[]} phoneKeys each once
 * @property {(string | null)[]} userIds who has each number
 * @property {number} linked how many have an account
 *
 * @typedef {[phoneKey: string, userId: string | null]} Contact
 */

/**
 * The book of an owner, and the same with 1 % of its numbers replaced by others.
 *
 * @param {number} owner another for every book
 * @param {number} contacts a multiple of 100
 * @param {number} directory how many numbers are registered; more than `contacts`
 * @returns {{ book: List, changed: List, added: number, addedLinked: number }}
 */
export function bookOf(owner, contacts, directory) {
  /** @returns {Contact} */
  const contact = (/** @type {number} */ index) => {
    if (index % 10 >= REGISTERED_OF_TEN) return [otherKey(owner, index), null];
    const place = (owner * OWNER_STEP + index * REGISTERED_STEP) % directory;
    return [registeredKey(place), registeredUser(place)];
  };
  const added = contacts / 100;
  const kept = Array.from({ length: contacts }, (_, index) => contact(index));
  const others = Array.from({ length: added }, (_, index) => contact(contacts + index));
  // One of each hundred, and not always one of the registered.
  const changed = [...kept];
  others.forEach((other, hundred) => {
    changed[hundred * 100 + ((hundred * 7) % 100)] = other;
  });
  return {
    book: listOf(owner, kept),
    changed: listOf(owner, changed),
    added,
    addedLinked: linkedOf(others),
  };
}

/**
 * @param {number} owner
 * @param {readonly Contact[]} contacts
 * @returns {List}
 */
function listOf(owner, contacts) {
  return {
    ownerId: ownerId(owner),
    phoneKeys: contacts.map(([phoneKey]) => phoneKey),
    userIds: contacts.map(([, userId]) => userId),
    linked: linkedOf(contacts),
  };
}

/** @param {readonly Contact[]} contacts */
const linkedOf = (contacts) => contacts.filter(([, userId]) => userId !== null).length;
