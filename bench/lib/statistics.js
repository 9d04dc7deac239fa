import { required } from "./required.js";

/**
 * The middle of what the rounds measured, and how far they are apart: the 10th and 90th percentile.
 *
 * @typedef {{ median: number, low: number, high: number }} Spread
 *
 * @typedef {"below" | "above" | "no conclusion"} Judgement of a ratio against a mark
 */

/**
 * @param {readonly number[]} values in any order, at least one
 * @param {number} share from 0 to 1
 * @returns {number} the value below which that share lies, interpolated
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = required(sorted[Math.floor(place)], "value");
  const above = required(sorted[Math.ceil(place)], "value");
  return below + (above - below) * (place - Math.floor(place));
}

/** @param {readonly number[]} values */
export const median = (values) => quantile(values, 0.5);

/** @param {readonly number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * @param {readonly number[]} values one a round
 * @returns {Spread}
 */
export function spreadOf(values) {
  return { median: median(values), low: quantile(values, 0.1), high: quantile(values, 0.9) };
}

/**
 * The same of what was not counted everywhere; null where it was not.
 *
 * @param {readonly (number | null)[]} values one a round
 */
export function spreadOrNull(values) {
  const counted = values.filter((value) => value !== null);
  return counted.length === values.length ? spreadOf(counted) : null;
}

/**
 * Whether a ratio lies below or above a mark. Where the rounds are further apart than the median is
 * from the mark, nothing is concluded.
 *
 * @param {Spread} ratio
 * @param {number} mark
 * @returns {Judgement}
 */
export function judge({ median: middle, low, high }, mark) {
  if (high - low > Math.abs(middle - mark)) return "no conclusion";
  return middle <= mark ? "below" : "above";
}
