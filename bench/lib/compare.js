/**
 * @import { Spread } from "./statistics.js"
 *
 * @typedef {"lower" | "higher"} Better
 * @typedef {{ id: string, label: string, value: Spread, better: Better, mark?: number }} Ratio
 * @typedef {"as before" | "better" | "worse" | "no conclusion" | "not comparable"} Verdict
 *
 * @typedef {object} Comparison
 * @property {string} id
 * @property {string} label
 * @property {Spread | undefined} reference undefined where the reference does not have it
 * @property {Spread | undefined} now undefined where it was not measured
 * @property {Verdict} verdict
 */

/** By how much a whole spread has to lie beyond the other, as a share. */
const TOLERANCE = 0.15;

/**
 * Compares ratios with those of a reference, by their ids. One that only one side has is listed as
 * not comparable, so that a case that was lost does not go unseen.
 *
 * @param {readonly Ratio[]} reference
 * @param {readonly Ratio[]} now
 * @returns {Comparison[]} in the order of the reference, then what is new
 */
export function compareRatios(reference, now, tolerance = TOLERANCE) {
  const nowById = new Map(now.map((ratio) => [ratio.id, ratio]));
  const known = new Set(reference.map(({ id }) => id));
  /** @type {Comparison[]} */
  const compared = reference.map((before) => {
    const ratio = nowById.get(before.id);
    return {
      id: before.id,
      label: ratio?.label ?? before.label,
      reference: before.value,
      now: ratio?.value,
      verdict: ratio === undefined ? "not comparable" : verdictOn(before, ratio, tolerance),
    };
  });
  for (const { id, label, value } of now) {
    if (known.has(id)) continue;
    compared.push({ id, label, reference: undefined, now: value, verdict: "not comparable" });
  }
  return compared;
}

/**
 * The losses that a repetition shows again.
 *
 * @param {readonly Comparison[]} first
 * @param {readonly Comparison[]} repeated
 * @returns {Comparison[]}
 */
export function confirmedLosses(first, repeated) {
  const lost = new Set(lossesOf(first).map(({ id }) => id));
  return lossesOf(repeated).filter(({ id }) => lost.has(id));
}

/** @param {readonly Comparison[]} comparisons */
export const lossesOf = (comparisons) => comparisons.filter(({ verdict }) => verdict === "worse");

/**
 * @param {Ratio} before
 * @param {Ratio} now
 * @param {number} tolerance
 * @returns {Verdict}
 */
function verdictOn(before, now, tolerance) {
  if (before.better !== now.better || !isUsable(before.value) || !isUsable(now.value)) {
    return "not comparable";
  }
  const beyond = 1 + tolerance;
  const isAbove = now.value.low > before.value.high * beyond;
  const isBelow = now.value.high < before.value.low / beyond;
  if (isAbove) return before.better === "lower" ? "worse" : "better";
  if (isBelow) return before.better === "lower" ? "better" : "worse";
  // The middles are apart, but so are the rounds among themselves.
  const moved = now.value.median / before.value.median;
  return moved > beyond || moved < 1 / beyond ? "no conclusion" : "as before";
}

/** Ratios of times are above 0; anything else is a fault of the measurement. @param {Spread} value */
function isUsable({ median, low, high }) {
  return [median, low, high].every((value) => Number.isFinite(value) && value > 0);
}
