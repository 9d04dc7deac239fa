/** @import { Attack } from "../lib/play.js" */
import { aDay, asked, askUntilRefused } from "../lib/play.js";

/** So that the budget takes several, and the first has been removed when it is spent. */
const PART = 4_000;
const AFTER = 100;

/**
 * Exchanges the whole book at every request, then deletes it: does what was let go make room? And is
 * what a sync removed paid for again when it comes back?
 *
 * @type {Attack}
 */
export const removeAndAdd = {
  id: "remove-and-add",
  name: "remove and add",
  async play(stage) {
    const { world } = stage;
    const account = await stage.newAccount();
    const tally = await askUntilRefused(
      stage,
      (first, count) => world.range(first, Math.min(count, PART)),
      (hashes) => account.sync(hashes, { mode: "replace", confirmRemoval: true }),
    );
    const comesBack = await account.sync(world.range(0, AFTER));

    await account.clear();
    const more = world.range(500_000, AFTER);
    const afterwards = await account.sync(more);
    tally.count(world, more, afterwards);
    const isGranted = afterwards.status === 200;
    return asked(tally, {
      figures: {
        after_deleting_the_book: afterwards.code ?? "granted",
        coming_back: comesBack.status === 200 ? "free" : "charged",
      },
      verdict: (allowance) =>
        `${isGranted && allowance.bound === "budget" ? "Deleting the book MAKES ROOM" : "Removing and deleting earn nothing back"}. ${aDay(allowance)}.`,
    });
  },
};
