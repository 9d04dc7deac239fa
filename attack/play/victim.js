/**
 * @import { Stolen } from "../lib/dump.js"
 * @import { Stage } from "../lib/play.js"
 */
import { randomInt, randomUUID } from "node:crypto";
import { parseKey } from "../../dist/security/key.js";
import { createPhoneCipher } from "../../dist/security/phone-cipher.js";

/** Somebody with an address book, whom the thief is after. */
const BOOK = 50;
/** Of them, how many have an account. */
const REGISTERED = 5;

/**
 * A user who has synced a book of numbers of the plan's first.
 *
 * @param {Stage} stage
 * @param {number} among so many
 */
export async function makeVictim({ world, newAccount }, among) {
  const account = await newAccount();
  const places = new Set();
  while (places.size < Math.min(BOOK, among / 2)) places.add(randomInt(among));
  for (const place of [...places].slice(0, REGISTERED)) await world.register(place, randomUUID());
  const book = [...places].map((place) => world.hash(place));
  const { status, code } = await account.sync(book);
  if (status !== 200) throw new Error(`The victim's sync was answered ${status} ${code}`);
  return { userId: account.userId, book: new Set(book) };
}

/**
 * The phone hash behind each phone key, by which what a thief without the key reads is confirmed.
 *
 * @param {Stolen} stolen with the key
 * @param {readonly { phone_key: string }[]} rows
 * @returns {Map<string, string | undefined>}
 */
export function inTruth({ key }, rows) {
  const keys = rows.map(({ phone_key }) => phone_key);
  const hashes = createPhoneCipher(parseKey(key)).decrypt(keys);
  return new Map(keys.map((phoneKey, place) => [phoneKey, hashes[place]]));
}

/** What is said of a dump where none is at hand. */
export const NO_DUMP = /** @type {const} */ ({
  state: "left out",
  gain: "open",
  verdict: "Left out: it takes the database, by --database URL.",
});
