/**
 * @import { Account } from "../lib/account.js"
 * @import { Stage } from "../lib/play.js"
 */
import { inTurns } from "../lib/world.js";

/** Who has a number. */
export const KINDS = /** @type {const} */ (["absent", "nobody", "blocked", "mutual", "visible"]);

/** @typedef {typeof KINDS[number]} Kind */

/** Those who have an account and whom an attacker is not to find. */
export const HIDDEN = /** @type {const} */ (["nobody", "blocked", "mutual"]);

/** A book that has none of the attackers in it. */
const BOOK = 20;

/**
 * Makes people of every kind: some without an account, some whom nobody may find, some who blocked each
 * of the attackers, some whom only those may find who are in their book, which no attacker is, and some
 * whom all may find. Attackers have numbers of their own, by which they could be in a book.
 *
 * @param {Stage} stage
 * @param {readonly Account[]} attackers
 * @param {number} each how many of a kind
 * @returns {Promise<Record<Kind, string[]> | null>} their phone hashes; null where the service does not
 *   offer it
 */
export async function hide({ world, newAccount }, attackers, each) {
  const probe = await newAccount();
  const offered = await probe.ask("PUT", "/me/discoverability", { discoverable: "nobody" });
  if (offered.status === 404) return null;

  await inTurns(attackers, ({ userId }) => world.register(world.spare(), userId));
  /** @type {Record<Kind, string[]>} */
  const hashes = { absent: [], nobody: [], blocked: [], mutual: [], visible: [] };
  const people = KINDS.flatMap((kind) => Array.from({ length: each }, () => kind));
  await inTurns(people, async (kind) => {
    const place = world.spare();
    hashes[kind].push(world.hash(place));
    if (kind === "absent") return;
    const user = await newAccount();
    await world.register(place, user.userId);
    if (kind === "nobody" || kind === "mutual") {
      await user.must("PUT", "/me/discoverability", { discoverable: kind });
    }
    if (kind === "blocked") {
      for (const { userId } of attackers) await user.must("PUT", `/me/blocks/${userId}`);
    }
    if (kind === "mutual") {
      await user.sync(Array.from({ length: BOOK }, () => world.hash(world.spare())));
    }
  });
  return hashes;
}
