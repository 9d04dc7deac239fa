/** @import { Attack } from "../lib/play.js" */
import { CALL } from "../lib/allowance.js";
import { aDay, asked, askUntilRefused, inWords, Tally } from "../lib/play.js";

const REQUESTS = 6;

/**
 * Requests that arrive together, before any of them was charged: can they spend the same budget twice?
 *
 * @type {Attack}
 */
export const atOnce = {
  id: "at-once",
  name: "many requests at once",
  async play(stage) {
    const { world } = stage;
    const account = await stage.newAccount();
    const tally = new Tally();
    const ranges = Array.from({ length: REQUESTS }, (_, index) => world.range(index * CALL, CALL));
    const answers = await Promise.all(
      ranges.map(async (hashes) => ({ hashes, answer: await account.sync(hashes) })),
    );
    for (const { hashes, answer } of answers) tally.count(world, hashes, answer);
    // What they left of it, one after the other.
    await askUntilRefused(
      stage,
      (first, count) => world.range(REQUESTS * CALL + first, count),
      (hashes) => account.sync(hashes),
      tally,
    );
    return asked(tally, {
      verdict: ({ limit, ...allowance }) =>
        limit !== null && tally.learned > limit + allowance.eachDayAfter
          ? `${inWords(tally.learned)} numbers from a budget of ${inWords(limit)}: THE BUDGET IS SPENT TWICE.`
          : `The budget is not spent twice. ${aDay({ limit, ...allowance })}.`,
    });
  },
};
