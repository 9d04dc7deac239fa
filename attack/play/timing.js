/**
 * @import { Account } from "../lib/account.js"
 * @import { Answer } from "../lib/api.js"
 * @import { Attack, Stage } from "../lib/play.js"
 * @import { Comparison } from "../lib/rank-test.js"
 * @import { Kind } from "./hiding.js"
 */
import { median } from "../../bench/lib/statistics.js";
import { inWords } from "../lib/play.js";
import { compareByRank } from "../lib/rank-test.js";
import { inTurns } from "../lib/world.js";
import { contentDiffers } from "./hidden-content.js";
import { HIDDEN, hide, KINDS } from "./hiding.js";

/**
 * What the attacker measures by: a clock of their own, and the one whose times the service sends.
 *
 * @typedef {{ clock: number, database: number }} Time in milliseconds
 * @typedef {Record<Kind, Time>} Block a call of each kind, one right after the other
 * @typedef {{ shape: string, by: string, kind: string, median_ms: number, absent_median_ms: number } & Comparison} Compared
 */

/** `numbers`: of each kind. A small run only shows that it can be played. */
const SIZES = {
  quick: { attackers: 6, numbers: 4, rounds: 1 },
  full: { attackers: 40, numbers: 16, rounds: 6 },
};

/** A run has 18 comparisons: where there is nothing to tell, fewer than one in a hundred says otherwise. */
const SURE = 0.0005;
/** Blocks that are compared with each other: some seconds of a run. */
const STRETCH = 20;

/**
 * Numbers of five kinds, side by side and in an order of chance, by accounts enough that there are
 * thousands of calls: new to the book one a call, the same again, and all of a kind in one call.
 * `visible` shows whether the test sees what there is to see.
 *
 * @type {Attack}
 */
export const timing = {
  id: "timing",
  name: "hidden against absent, by content and time",
  async play(stage) {
    const { attackers: count, numbers, rounds } = SIZES[stage.size];
    const attackers = await Promise.all(Array.from({ length: count }, stage.newAccount));
    const hidden = await hide(stage, attackers, numbers);
    if (hidden === null) {
      return {
        state: "not offered",
        gain: "open",
        verdict:
          "Not offered by this version: nobody can hide, and whoever has an account is found by all who sync the number.",
      };
    }
    await inTurns(attackers, async (attacker) => {
      await attacker.sync([stage.world.hash(stage.world.spare())]);
    });

    const singly = Array.from(
      { length: numbers },
      (_, index) => (/** @type {Kind} */ kind) => hidden[kind].slice(index, index + 1),
    );
    const together = Array.from(
      { length: rounds },
      () => (/** @type {Kind} */ kind) => hidden[kind],
    );
    const shapes = {
      "new numbers": await timed(stage, attackers, singly),
      "the same again": await timed(stage, attackers, singly),
      "all of a kind at once": await timed(stage, attackers, together),
    };
    const compared = Object.entries(shapes).flatMap(([shape, blocks]) => compare(shape, blocks));
    const content = await contentDiffers(attackers[0], hidden);
    const told = compared.filter(({ kind, p }) => kind !== "visible" && p < SURE);
    const calls = Object.values(shapes).flat().length * KINDS.length;
    return {
      state: "played",
      gain: content.length > 0 || told.length > 0 ? "open" : "nothing",
      accounts: count,
      figures: { calls, content, compared },
      verdict: verdict({ content, told, calls, compared }),
    };
  },
};

/**
 * @param {Stage} stage
 * @param {readonly Account[]} attackers each makes all of the calls
 * @param {readonly ((kind: Kind) => string[])[]} blocks what is asked of each kind
 * @returns {Promise<Block[]>}
 */
async function timed({ api }, attackers, blocks) {
  api.tell(`Timing ${attackers.length * blocks.length * KINDS.length} calls.`);
  const all = attackers.flatMap((attacker) => blocks.map((ask) => ({ attacker, ask })));
  const times = [];
  // One call after the other: those side by side time each other.
  for (const { attacker, ask } of shuffled(all)) {
    /** @type {Partial<Block>} */
    const block = {};
    for (const kind of shuffled(KINDS)) block[kind] = timeOf(await attacker.sync(ask(kind)));
    times.push(/** @type {Block} */ (block));
  }
  return times;
}

/**
 * @param {Answer} answer
 * @returns {Time}
 */
function timeOf({ status, code, ms, headers }) {
  if (status !== 200) throw new Error(`A call that is timed was answered ${status} ${code}`);
  const [, database] = /database;dur=([\d.]+)/.exec(String(headers["server-timing"])) ?? [];
  return { clock: ms, database: Number(database ?? ms) };
}

/**
 * @param {string} shape
 * @param {readonly Block[]} blocks
 * @returns {Compared[]}
 */
function compare(shape, blocks) {
  return /** @type {const} */ (["clock", "database"]).flatMap((by) =>
    /** @type {const} */ ([...HIDDEN, "visible"]).map((kind) => ({
      shape,
      by,
      kind,
      median_ms: median(blocks.map((block) => block[kind][by])),
      absent_median_ms: median(blocks.map((block) => block.absent[by])),
      ...compareByRank(
        stretchesOf(blocks).map((stretch) => ({
          first: stretch.map((block) => block[kind][by]),
          second: stretch.map((block) => block.absent[by]),
        })),
      ),
    })),
  );
}

/** @param {readonly Block[]} blocks in the order in which they were timed */
const stretchesOf = (blocks) =>
  Array.from({ length: Math.ceil(blocks.length / STRETCH) }, (_, index) =>
    blocks.slice(index * STRETCH, (index + 1) * STRETCH),
  );

/** @param {{ content: string[], told: Compared[], calls: number, compared: Compared[] }} found */
function verdict({ content, told, calls, compared }) {
  if (content.length > 0) return `THE ANSWER ITSELF TELLS who is hidden: ${content.join(", ")}.`;
  const [worst] = told.toSorted((a, b) => a.calls_to_tell - b.calls_to_tell);
  if (worst !== undefined) {
    return `The same answer, but not as fast: ${worst.kind} against absent is told by time with some ${inWords(worst.calls_to_tell)} calls (${worst.shape}).`;
  }
  const hidden = compared.filter(({ kind }) => kind !== "visible");
  const largest = Math.max(...hidden.map(({ slower }) => Math.abs(slower - 0.5)));
  const sees = compared.some(({ kind, p }) => kind === "visible" && p < SURE);
  return `Somebody hidden, somebody who blocked me, a mutual one who does not have me and a number without an account have the same answer, and ${inWords(calls)} calls tell no difference in time (of two calls, the hidden one is the slower in ${((0.5 + largest) * 100).toFixed(0)} of 100 at most). ${sees ? "The same test does tell somebody whom all may find." : "Nor does this machine's time tell somebody whom all may find, whom the answer names."}`;
}

/**
 * @template Item
 * @param {readonly Item[]} items
 */
function shuffled(items) {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
