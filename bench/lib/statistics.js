/**
 * @param {readonly number[]} values in any order, at least one
 * @param {number} share from 0 to 1
 * @returns the value below which that share lies, interpolated
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below + (above - below) * (place - Math.floor(place));
}

/** @param {readonly number[]} values */
export const median = (values) => quantile(values, 0.5);

/** @param {readonly number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * The middle of what the rounds measured, and how far they are apart: the 10th and 90th percentile.
 *
 * @param {readonly number[]} values one a round
 */
export function spreadOf(values) {
  return { median: median(values), low: quantile(values, 0.1), high: quantile(values, 0.9) };
}

/**
 * Whether a ratio lies below or above a mark. Where the rounds are further apart than the median is
 * from the mark, nothing is concluded.
 *
 * @param {{ median: number, low: number, high: number }} ratio
 * @param {number} mark
 * @returns {"below" | "above" | "no conclusion"}
 */
export function judge({ median: middle, low, high }, mark) {
  if (high - low > Math.abs(middle - mark)) return "no conclusion";
  return middle <= mark ? "below" : "above";
}
