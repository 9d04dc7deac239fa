/** @import { Attack } from "../lib/play.js" */
import { applyToDigest, digestOf } from "@contact-sync/client";
import { aDay, asked, askUntilRefused } from "../lib/play.js";

const PART = 4_000;

/**
 * A device whose tokens and digests are right, and which adds guesses and takes the last ones back in
 * every delta; then the same token with other guesses, as a delta that comes again is not charged.
 *
 * @type {Attack}
 */
export const deltaProbing = {
  id: "delta-probing",
  name: "delta probing",
  async play(stage) {
    const { world } = stage;
    const account = await stage.newAccount();
    let set = world.range(900_000, 1);
    const first = await account.sync(set, { mode: "replace", deviceId: "a-phone" });
    let syncToken = first.data.sync_token;
    /** @type {{ syncToken: string, removed: string[] } | undefined} */
    let sent;
    const delta = async (/** @type {string[]} */ added) => {
      const removed = set;
      const digest = applyToDigest(digestOf(set), { added, removed });
      const body = { syncToken, digest, added, removed, confirmRemoval: true };
      const answer = await account.ask("POST", "/contacts/sync/delta", body);
      if (answer.status === 200) {
        sent = { syncToken, removed };
        set = added;
        syncToken = answer.data.sync_token;
      }
      return answer;
    };
    const tally = await askUntilRefused(
      stage,
      (from, count) => world.range(from, Math.min(count, PART)),
      delta,
    );

    // Again with the token before, other numbers in the same count.
    const others = world.range(600_000, set.length);
    const replayed = await account.ask("POST", "/contacts/sync/delta", {
      syncToken: sent?.syncToken,
      digest: digestOf(others),
      added: others,
      removed: sent?.removed,
      confirmRemoval: true,
    });
    tally.count(world, others, replayed);
    const isOpen = replayed.status === 200;
    return asked(tally, {
      figures: { old_token_with_other_numbers: replayed.code ?? "granted" },
      verdict: (allowance) =>
        `Deltas are charged like any sync, and an old token with other numbers is ${isOpen ? "answered: THAT IS A LEAK" : "refused unread"}. ${aDay(allowance)}.`,
    });
  },
};
