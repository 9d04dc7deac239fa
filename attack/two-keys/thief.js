/** @import { Client } from "pg" */
import { bears, indexOf } from "../lib/spelling.js";
import { phoneKeys } from "./layouts.js";

/**
 * @typedef {{ owner: string, phoneKey: string }} Held a number and who holds it, as a thief believes
 *
 * @typedef {object} Played
 * @property {readonly string[]} accounts of the attacker, each with its part of the dictionary
 * @property {string} victim
 * @property {readonly string[]} dictionary phone hashes
 * @property {ReadonlySet<string>} book the victim's phone hashes
 */

/** What an account syncs. @param {readonly string[]} dictionary @param {number} mark */
export const partOf = (dictionary, mark) => dictionary.filter((_, index) => bears(index, mark));

/**
 * How many of the victim's numbers are read.
 *
 * @param {Played} played
 * @param {readonly Held[]} held
 */
export function readVictim({ accounts, victim, dictionary, book }, held) {
  const marks = new Map(accounts.map((account, mark) => [account, mark]));
  /** @type {Map<string, Set<number>>} */
  const holders = new Map();
  for (const { owner, phoneKey } of held) {
    const mark = marks.get(owner);
    if (mark === undefined) continue;
    holders.set(phoneKey, (holders.get(phoneKey) ?? new Set()).add(mark));
  }
  // The truth, which the thief does not know: only what is right counts.
  const keys = phoneKeys(dictionary);
  return held.filter(({ owner, phoneKey }) => {
    if (owner !== victim) return false;
    const place = indexOf(holders.get(phoneKey) ?? []);
    const hash = dictionary[place];
    return hash !== undefined && keys[place] === phoneKey && book.has(hash);
  }).length;
}

/**
 * One table: nothing is to be guessed.
 *
 * @param {Client} client
 * @returns {Promise<Held[]>}
 */
export async function heldInOneTable(client) {
  const { rows } = await client.query("select owner_id, phone_key::text from one_key");
  return rows.map(({ owner_id, phone_key }) => ({ owner: owner_id, phoneKey: hex(phone_key) }));
}

/**
 * Two tables, as pg_dump writes them: what lies at the same place of both came with the same sync.
 *
 * @param {Client} client
 * @returns {Promise<Held[]>}
 */
export async function heldByOrder(client) {
  const { rows: books } = await client.query("select owner_id from books");
  const { rows: holders } = await client.query("select phone_key::text from holders");
  return holders.map(({ phone_key }, place) => ({
    owner: books[place].owner_id,
    phoneKey: hex(phone_key),
  }));
}

/**
 * Two tables, in a copy of the files: what bears the same transaction's id came with the same sync.
 *
 * @param {Client} client
 * @returns {Promise<Held[]>}
 */
export async function heldByTransaction(client) {
  const { rows: books } = await client.query("select distinct xmin::text, owner_id from books");
  const owners = new Map(books.map(({ xmin, owner_id }) => [xmin, owner_id]));
  const { rows } = await client.query("select xmin::text, phone_key::text from holders");
  return rows.map(({ xmin, phone_key }) => ({
    owner: owners.get(xmin) ?? "",
    phoneKey: hex(phone_key),
  }));
}

/** @param {string} uuid */
const hex = (uuid) => uuid.replaceAll("-", "");
