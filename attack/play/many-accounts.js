/** @import { Attack } from "../lib/play.js" */
import { asked, askUntilRefused, inWords, Tally } from "../lib/play.js";
import { PUBLISHED } from "../lib/published.js";

const ACCOUNTS = { quick: 2, full: 4 };

/** Several accounts, each with a part of the plan: does one's refusal end the others? @type {Attack} */
export const manyAccounts = {
  id: "many-accounts",
  name: "many accounts",
  async play(stage) {
    const accounts = ACCOUNTS[stage.size];
    const total = new Tally();
    const each = [];
    for (let index = 0; index < accounts; index += 1) {
      const account = await stage.newAccount();
      const before = total.learned;
      await askUntilRefused(
        stage,
        (first, count) => stage.world.range(index * 100_000 + first, count),
        (hashes) => account.sync(hashes),
        total,
      );
      each.push(total.learned - before);
    }
    const { firstDay } = total.meter.allowance();
    const likeWhatsApp = Math.ceil(PUBLISHED.whatsApp.aDay / firstDay);
    return asked(total, {
      accounts,
      figures: { learned_each: each, accounts_for_whatsapp: likeWhatsApp },
      verdict: () =>
        `N accounts learn N times as much. To ask as fast as was possible on WhatsApp takes ${inWords(likeWhatsApp)} new accounts, every day anew.`,
    });
  },
};
