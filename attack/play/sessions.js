/**
 * @import { Account } from "../lib/account.js"
 * @import { Attack } from "../lib/play.js"
 */
import { digestOf } from "@contact-sync/client";
import { CALL } from "../lib/allowance.js";
import { aDay, asked, askUntilRefused, Tally } from "../lib/play.js";

const AT_ONCE = 60_000;

/** A book larger than a request, first far beyond the budget, then what fits. @type {Attack} */
export const sessions = {
  id: "sessions",
  name: "sessions",
  async play(stage) {
    const { world } = stage;
    const account = await stage.newAccount();
    const tally = new Tally();
    const all = world.range(0, AT_ONCE);
    const whole = await commit(account, all);
    tally.count(world, all, whole);
    const told = whole.data?.matches.length ?? 0;
    if (whole.status !== 200) {
      await askUntilRefused(
        stage,
        (first, count) => world.range(first, count),
        (hashes) => commit(account, hashes),
        tally,
      );
    }
    return asked(tally, {
      figures: { beyond_the_budget: whole.code ?? "granted", matches_of_the_refused: told },
      verdict: (allowance) =>
        `A session of ${AT_ONCE / 1_000},000 numbers is ${whole.status === 200 ? "stored" : "refused whole and names nobody"}. ${aDay(allowance)}.`,
    });
  },
};

/**
 * @param {Account} account
 * @param {readonly string[]} hashes
 */
async function commit(account, hashes) {
  const { session_id: id } = await account.must("POST", "/contacts/sync/sessions", {
    deviceId: "a-phone",
    mode: "merge",
    deviceContactsCount: hashes.length,
  });
  const parts = Math.ceil(hashes.length / CALL);
  for (let part = 0; part < parts; part += 1) {
    const phoneHashes = hashes.slice(part * CALL, (part + 1) * CALL);
    const path = `/contacts/sync/sessions/${id}/parts/${part}`;
    const staged = await account.ask("PUT", path, { phoneHashes });
    if (staged.status !== 200) return staged;
  }
  const body = { parts, digest: digestOf(hashes) };
  return account.ask("POST", `/contacts/sync/sessions/${id}/commit`, body);
}
