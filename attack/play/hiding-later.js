/**
 * @import { Account } from "../lib/account.js"
 * @import { Attack } from "../lib/play.js"
 */
import { setTimeout as sleep } from "node:timers/promises";

/** How long a change may take to be told: the linker runs within seconds. */
const PATIENCE_MS = 60_000;
const EVERY_MS = 500;

/** What somebody does who has been found. */
const WAYS = /** @type {const} */ (["leaves", "hides", "blocks me"]);

/**
 * People whom the attacker has found: one leaves the app, one hides, one blocks the attacker. Do the
 * changes and the list that the attacker reads tell them apart?
 *
 * @type {Attack}
 */
export const hidingLater = {
  id: "hiding-later",
  name: "hiding later against leaving",
  async play({ world, newAccount }) {
    const attacker = await newAccount();
    const people = await Promise.all(
      WAYS.map(async (way) => {
        const [account, place] = [await newAccount(), world.spare()];
        await world.register(place, account.userId);
        return { way, account, place, hash: world.hash(place) };
      }),
    );
    await attacker.sync(people.map(({ hash }) => hash));
    const { cursor } = await attacker.must("GET", "/contacts/changes");
    for (const { way, account, place } of people) {
      if (way === "leaves") await world.leave(place);
      else if (way === "blocks me") await account.ask("PUT", `/me/blocks/${attacker.userId}`);
      else {
        const body = { discoverable: "nobody" };
        const { status } = await account.ask("PUT", "/me/discoverability", body);
        if (status === 404) {
          return {
            state: "not offered",
            gain: "open",
            verdict: "Not offered by this version: who was found stays found until they leave.",
          };
        }
      }
    }
    const hashes = people.map(({ hash }) => hash);
    const told = await toldOf(attacker, cursor, hashes);
    const [leaving, ...hiding] = people.map(({ way, hash }) => ({ way, told: told.get(hash) }));
    const differs = hiding.filter((one) => one.told !== leaving?.told).map(({ way }) => way);
    return {
      state: "played",
      gain: differs.length === 0 ? "nothing" : "open",
      accounts: 1,
      asked: people.length,
      figures: { differs },
      verdict:
        differs.length === 0
          ? "Somebody who hides or blocks me looks like somebody who has left the app."
          : `Somebody who ${differs.join(", and who ")} IS TOLD from somebody who has left the app.`,
    };
  },
};

/**
 * What the attacker is told of each, once all have been told of or patience ends.
 *
 * @param {Account} attacker
 * @param {string} cursor
 * @param {readonly string[]} hashes
 * @returns {Promise<Map<string, string>>} by phone hash
 */
async function toldOf(attacker, cursor, hashes) {
  /** @type {Map<string, string>} */
  const told = new Map();
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    const page = await attacker.must("GET", `/contacts/changes?since=${cursor}`);
    for (const { phone_hash: hash, user_id: user, silent } of page.changes) {
      told.set(hash, `${user === null ? "nobody" : "somebody"}, ${silent}`);
    }
    if (hashes.every((hash) => told.get(hash)?.startsWith("nobody"))) break;
    await sleep(EVERY_MS);
  }
  const list = await attacker.must("GET", "/contacts?limit=1000");
  for (const { phone_hash: hash, linked_user_id: user } of list.contacts) {
    told.set(hash, `${told.get(hash)}; ${user === null ? "nobody" : "somebody"}`);
  }
  return told;
}
