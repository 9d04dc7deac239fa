import { judge, spreadOf, sum } from "../lib/statistics.js";
import { BOOKS, KINDS } from "./cases.js";

const COSTS = {
  server_cpu_ms: "serverCpuMs",
  client_cpu_ms: "clientCpuMs",
  wal_bytes: "walBytes",
  dead_tuples: "deadTuples",
  blocks_hit: "blocksHit",
  blocks_read: "blocksRead",
};

/**
 * @typedef {import("../lib/compare.js").Spread} Spread
 *
 * @typedef {object} SyncSummary one kind of sync by a variant, over the rounds
 * @property {number} contacts
 * @property {"first" | "unchanged"} kind
 * @property {number} rounds
 * @property {Compared} time in times the engine as it stands
 * @property {Compared | null} server_cpu the same of the backend's CPU; null where it was not counted
 * @property {Record<string, Spread | null>} variant ms, WAL bytes, pages and so on of one sync; null
 *   where it was not counted
 * @property {Record<string, Spread | null>} baseline
 *
 * @typedef {Spread & { concludes: boolean }} Compared round by round; nothing is concluded where the
 *   rounds are further apart than the median is from 1, or where the control, whose two are equal,
 *   was as far from 1
 */

/**
 * @param {string} id the variant's
 * @param {string} control the id of the variant that changes nothing
 * @param {readonly import("./rounds.js").Sample[]} samples of all variants
 * @returns {SyncSummary[]}
 */
export function summarizeSyncs(id, control, samples) {
  return BOOKS.flatMap(({ contacts }) =>
    KINDS.map((kind) => {
      const of = (variant) =>
        samples.filter(
          (sample) =>
            sample.variant === variant && sample.contacts === contacts && sample.kind === kind,
        );
      const own = of(id);
      return {
        contacts,
        kind,
        rounds: timesOf(own, "ms").length,
        time: compared(own, of(control), "ms"),
        server_cpu: isCounted(own, "serverCpuMs")
          ? compared(own, of(control), "serverCpuMs")
          : null,
        variant: costsOf(own.filter(({ side }) => side === "variant")),
        baseline: costsOf(own.filter(({ side }) => side === "baseline")),
      };
    }),
  );
}

function compared(own, control, figure) {
  const ratio = spreadOf(timesOf(own, figure));
  const equal = spreadOf(timesOf(control, figure));
  const isBeyond = ratio.median < Math.min(equal.low, 1) || ratio.median > Math.max(equal.high, 1);
  return { ...ratio, concludes: isBeyond && judge(ratio, 1) !== "no conclusion" };
}

/** What the variant took in times the baseline, in each round. */
function timesOf(samples, figure) {
  const rounds = [...new Set(samples.map(({ round }) => round))];
  return rounds.map((round) => {
    const total = (side) =>
      sum(
        samples
          .filter((of) => of.round === round && of.side === side)
          .map((of) => of.counted[figure]),
      );
    return total("variant") / total("baseline");
  });
}

const isCounted = (samples, figure) =>
  samples.every(({ counted }) => typeof counted[figure] === "number");

function costsOf(samples) {
  const over = (figure) =>
    isCounted(samples, figure) ? spreadOf(samples.map(({ counted }) => counted[figure])) : null;
  return {
    ms: over("ms"),
    ...Object.fromEntries(Object.entries(COSTS).map(([name, figure]) => [name, over(figure)])),
  };
}
