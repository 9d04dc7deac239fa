/** @import { Attack } from "../lib/play.js" */
import { Meter } from "../lib/allowance.js";
import { dumpedContacts } from "../lib/dump.js";
import { inWords } from "../lib/play.js";
import { bears, indexOf, largestDictionary, marksFor } from "../lib/spelling.js";
import { makeVictim, NO_DUMP } from "./victim.js";

const DICTIONARY = { quick: 100, full: 10_000 };

/**
 * Accounts sync parts of a dictionary, so that the set of those who hold a number spells its place. In
 * a dump, without any key, the victim's book is then read.
 *
 * @type {Attack}
 */
export const dumpAndAccounts = {
  id: "dump-and-accounts",
  name: "a stolen dump and accounts",
  async play(stage) {
    const { stolen, world } = stage;
    if (stolen === undefined) return NO_DUMP;
    const size = DICTIONARY[stage.size];
    const victim = await makeVictim(stage, size);
    const dictionary = world.range(0, size);
    const meter = new Meter();
    /** @type {Map<string, number>} */
    const marks = new Map();
    let refusedBy = null;
    for (let mark = 0; mark < marksFor(size); mark += 1) {
      const account = await stage.newAccount();
      const part = dictionary.filter((_, index) => bears(index, mark));
      const answer = await account.sync(part);
      meter.read(answer);
      if (answer.status !== 200) refusedBy = answer.code ?? null;
      else marks.set(account.userId, mark);
    }

    const rows = await dumpedContacts(stolen, [...marks.keys(), victim.userId]);
    /** @type {Map<string, number[]>} */
    const holders = new Map();
    for (const { owner_id, phone_key } of rows) {
      const mark = marks.get(owner_id);
      if (mark !== undefined) holders.set(phone_key, [...(holders.get(phone_key) ?? []), mark]);
    }
    const read = rows
      .filter(({ owner_id }) => owner_id === victim.userId)
      .map(({ phone_key }) => dictionary[indexOf(holders.get(phone_key) ?? [])])
      .filter((hash) => hash !== undefined && victim.book.has(hash)).length;
    const allowance = meter.allowance();
    const possible = Math.round(largestDictionary(marks.size, allowance.firstDay));
    return {
      state: "played",
      gain: allowance.bound === "budget" ? "bounded" : "open",
      accounts: marks.size,
      asked: size,
      learned: new Set(holders.keys()).size,
      refusedBy,
      allowance,
      figures: {
        contacts_of_the_victim: victim.book.size,
        contacts_read: read,
        most_these_accounts_could_spell_in_a_day: possible,
      },
      verdict: `${read} of the victim's ${victim.book.size} numbers are read without the key: ${marks.size} accounts spelled ${inWords(size)} numbers${allowance.bound === "budget" ? ", and could spell no more than they may ask together" : ""}.`,
    };
  },
};
