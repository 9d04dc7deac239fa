import { hash } from "node:crypto";
import { parseKey } from "../../dist/security/key.js";
import { createPhoneCipher } from "../../dist/security/phone-cipher.js";

// Everything is made from counters by MD5, which SQL has too: tables are filled without sending
// anything, and every run has the same books. Keys and ids are scattered, as sealed ones are.

/**
 * The phone key of the directory's place `index`; fill.js says the same in SQL.
 *
 * @param {number} index
 */
export const registeredKey = (index) => uuidOf(`r${index}`);

/**
 * The user who has that number.
 *
 * @param {number | string} index or a word, for a user without a place there
 */
export const registeredUser = (index) => uuidOf(`u${index}`);

/**
 * The phone key of a number without an account, in the book of one owner only.
 *
 * @param {number} owner
 * @param {number} index
 */
export const otherKey = (owner, index) => uuidOf(`z${owner}_${index}`);

/**
 * The id of the owner with that counter.
 *
 * @param {number | string} owner or a word, for an owner beside those that are counted
 */
export const ownerId = (owner) => uuidOf(`o${owner}`);

/**
 * What a device would send for these phone keys: the hashes that the library seals to them.
 *
 * @param {string} key the database's, as CONTACT_SYNC_KEY has it
 * @param {readonly string[]} phoneKeys with or without hyphens
 * @returns {string[]} 32 hex characters each, in the same order
 */
export function phoneHashesOf(key, phoneKeys) {
  const hex = phoneKeys.map((phoneKey) => phoneKey.replaceAll("-", ""));
  return createPhoneCipher(parseKey(key)).decrypt(hex);
}

/** @param {string} text */
function uuidOf(text) {
  const hex = hash("md5", text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
