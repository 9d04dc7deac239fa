// Books of a phone in Egypt: cards with a name and a number, in the notations that people use.

/** @import { Card } from "./by-hand.js" */
import { addressBook } from "../lib/address-books.js";
import { CHANGED } from "./cases.js";

export const REGION = "EG";

/**
 * A book at one time, and whose cards have an account then.
 *
 * @typedef {{ cards: Card[], friends: ReadonlySet<string> }} Book `friends`: ids of cards
 */

/**
 * A book before its changes and after them.
 *
 * @param {number} seed another for every book
 * @param {number} contacts a multiple of ten
 * @param {number} directorySize how many numbers are registered
 * @returns {{ before: Book, after: Book }}
 */
export function changingBook(seed, contacts, directorySize) {
  // Of ten, the first three have an account: one that has, and one that has none.
  const changed = Array.from({ length: CHANGED }, (_, place) => place * 5);
  const numbers = addressBook(seed, contacts + 10, directorySize);
  const cards = numbers.map(cardOf);
  const before = cards.slice(0, contacts);
  const going = new Set(changed);
  const coming = changed.map((place) => contacts + place);
  const after = [
    ...before.filter((_, index) => !going.has(index)),
    ...cards.filter((_, index) => coming.includes(index)),
  ];
  return { before: bookOf(before), after: bookOf(after) };
}

/** @param {Card[]} cards */
function bookOf(cards) {
  return { cards, friends: new Set(cards.flatMap(({ id }) => (isRegistered(id) ? [id] : []))) };
}

/** As `addressBook` has it. @param {string} id */
const isRegistered = (id) => Number(id) % 10 < 3;

/** @type {((digits: string) => string)[]} digits: the ten of the national number, without its 0 */
const NOTATIONS = [
  (digits) => `+20${digits}`,
  (digits) => `0${digits}`,
  (digits) => `0${digits.slice(0, 2)} ${digits.slice(2, 6)} ${digits.slice(6)}`,
  (digits) => `+20 ${digits.slice(0, 2)} ${digits.slice(2, 6)}-${digits.slice(6)}`,
  (digits) => `(0${digits.slice(0, 2)}) ${digits.slice(2, 6)} ${digits.slice(6)}`,
  (digits) => `0020${digits}`,
];

/**
 * @param {string} number in E.164
 * @param {number} index
 * @returns {Card}
 */
function cardOf(number, index) {
  const notation = NOTATIONS[index % NOTATIONS.length] ?? String;
  return {
    id: String(index),
    name: `Somebody of the name ${index}`,
    phoneNumbers: [notation(number.slice("+20".length))],
  };
}
