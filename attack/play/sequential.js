/** @import { Attack } from "../lib/play.js" */
import { aDay, asked, askUntilRefused } from "../lib/play.js";

/** One number after the other, in calls as large as they may be. @type {Attack} */
export const sequential = {
  id: "sequential",
  name: "sequential ranges",
  async play(stage) {
    const account = await stage.newAccount();
    const tally = await askUntilRefused(
      stage,
      (first, count) => stage.world.range(first, count),
      (hashes) => account.sync(hashes),
    );
    return asked(tally, { verdict: (allowance) => `${aDay(allowance)}.` });
  },
};
