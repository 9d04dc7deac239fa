/**
 * @import { Account } from "../lib/account.js"
 * @import { Kind } from "./hiding.js"
 */
import { HIDDEN } from "./hiding.js";

/** @typedef {{ phone_hash: string, linked_user_id?: string | null, user_id?: string | null }} Named */

/**
 * Whether anything that the service answers about hidden numbers differs from what it answers about
 * numbers that have no account.
 *
 * @param {Account | undefined} attacker who has all of them in the book by now
 * @param {Record<Kind, string[]>} numbers as many of each kind
 * @returns {Promise<string[]>} what differs
 */
export async function contentDiffers(attacker, numbers) {
  if (attacker === undefined) return [];
  const absent = await answersOf(attacker, numbers.absent);
  const differs = [];
  for (const kind of HIDDEN) {
    for (const [what, answer] of Object.entries(await answersOf(attacker, numbers[kind]))) {
      if (answer !== absent[what]) differs.push(`${kind} in ${what}`);
    }
  }
  // Of the whole book: those whom all may find, and nobody else.
  const { linked_count: linked } = await attacker.must("GET", "/contacts/summary");
  if (linked !== numbers.visible.length) differs.push("somebody in summary");
  return differs;
}

/**
 * All that the service says about numbers, but for the numbers themselves and what time does to it.
 *
 * @param {Account} attacker
 * @param {readonly string[]} hashes
 * @returns {Promise<Record<string, string>>}
 */
async function answersOf(attacker, hashes) {
  const { data } = await attacker.sync(hashes);
  const { budget: _, processing_time_ms: __, performance_estimate: ___, ...synced } = data;
  const list = await attacker.must("GET", "/contacts?limit=1000");
  const linked = await attacker.must("GET", "/contacts?limit=1000&linked=true");
  const favourite = await attacker.ask("PUT", `/contacts/${hashes[0]}/favorite`);
  await attacker.ask("DELETE", `/contacts/${hashes[0]}/favorite`);
  const page = await attacker.must("GET", "/contacts/changes");
  const among = (/** @type {Named[]} */ all) =>
    all.filter((one) => hashes.includes(one.phone_hash));
  const users = (/** @type {Named[]} */ all) =>
    among(all).map(({ linked_user_id: user }) => (user === null ? "nobody" : "somebody"));
  return {
    sync: JSON.stringify(synced),
    list: users(list.contacts).join(),
    "the list of linked ones": users(linked.contacts).join(),
    favourite: `${favourite.status} ${favourite.data?.linked_user_id === null}`,
    changes: String(among(page.changes).length),
  };
}
