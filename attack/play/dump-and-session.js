/** @import { Attack } from "../lib/play.js" */
import { CALL, Meter } from "../lib/allowance.js";
import { dumpedParts } from "../lib/dump.js";
import { inWords } from "../lib/play.js";
import { inTruth, NO_DUMP } from "./victim.js";

/** Parts of a session. */
const PARTS = { quick: 2, full: 10 };

/**
 * A session that is never committed: what it has sent lies in the database for a day. Is it charged, and
 * does a dump tell which of it is which?
 *
 * @type {Attack}
 */
export const dumpAndSession = {
  id: "dump-and-session",
  name: "a stolen dump and an unfinished session",
  async play({ stolen, world, newAccount, size }) {
    if (stolen === undefined) return NO_DUMP;
    if (stolen.key === undefined) {
      return { ...NO_DUMP, verdict: "Left out: what is read is confirmed with CONTACT_SYNC_KEY." };
    }
    const account = await newAccount();
    const meter = new Meter();
    // A sync, whose answer tells the budget.
    meter.read(await account.sync([world.hash(world.spare())]));
    const { session_id: id } = await account.must("POST", "/contacts/sync/sessions", {
      deviceId: "a-phone",
      deviceContactsCount: 0,
    });
    /** @type {string[]} */
    const sent = [];
    let refusedBy = null;
    for (let part = 0; part < PARTS[size]; part += 1) {
      const phoneHashes = world.range(part * CALL, CALL);
      const path = `/contacts/sync/sessions/${id}/parts/${part}`;
      const { status, code } = await account.ask("PUT", path, { phoneHashes });
      if (status !== 200) {
        refusedBy = code ?? String(status);
        break;
      }
      sent.push(...phoneHashes);
    }
    // In the order in which they were sent, so that a place is a number.
    const keys = (await dumpedParts(stolen, account.userId)).map((phone_key) => ({ phone_key }));
    const truth = inTruth(stolen, keys);
    const read = keys.filter(({ phone_key }, place) => truth.get(phone_key) === sent[place]).length;
    const allowance = meter.allowance();
    const isBeyond = allowance.bound === "budget" && read > allowance.firstDay;
    return {
      state: "played",
      gain: read === 0 ? "nothing" : isBeyond || refusedBy === null ? "open" : "bounded",
      accounts: 1,
      asked: PARTS[size] * CALL,
      learned: read,
      refusedBy,
      figures: { budget: allowance.limit, is_beyond_the_budget: isBeyond },
      verdict:
        read === 0
          ? "What a session has sent can't be read in a dump."
          : `${inWords(read)} numbers are read by their places in the parts of one account's unfinished session${isBeyond ? `: BEYOND ITS BUDGET, which is ${inWords(allowance.limit ?? 0)}, and not charged` : ""}${refusedBy === null ? ". Nothing ended it" : ""}.`,
    };
  },
};
