/** @import { Attack } from "../lib/play.js" */
import { randomInt } from "node:crypto";
import { aDay, asked, askUntilRefused } from "../lib/play.js";
import { PLAN } from "../lib/world.js";

/** Numbers drawn from the plan, sent as numbers: no run of neighbours gives them away. @type {Attack} */
export const random = {
  id: "random",
  name: "random numbers of a numbering plan",
  async play(stage) {
    const { world } = stage;
    const account = await stage.newAccount();
    const drawn = new Set();
    /** @type {Map<string, string>} */
    const numbers = new Map();
    const draw = (/** @type {number} */ count) =>
      Array.from({ length: count }, () => {
        let place = randomInt(PLAN);
        while (drawn.has(place)) place = randomInt(PLAN);
        drawn.add(place);
        const hash = world.hash(place);
        numbers.set(hash, world.number(place));
        return hash;
      });
    const tally = await askUntilRefused(
      stage,
      (_, count) => draw(count),
      (hashes) =>
        account.ask("POST", "/contacts/sync", {
          phoneNumbers: hashes.map((hash) => numbers.get(hash)),
          deviceContactsCount: hashes.length,
        }),
    );
    return asked(tally, { verdict: (allowance) => `${aDay(allowance)}, in whatever order.` });
  },
};
