// Whether one kind of call takes longer than another, by ranks within short stretches of a run (van
// Elteren's test: Mann and Whitney's, stratified). What else the machine does meets all calls of a
// stretch, nothing is assumed of how times are spread, and a few slow ones move nothing.

/**
 * @typedef {{ first: readonly number[], second: readonly number[] }} Stretch times of both kinds
 *
 * @typedef {object} Comparison
 * @property {number} calls of the first kind
 * @property {number} p the chance of such a difference, or a larger one, where there is none
 * @property {number} slower the chance that a call of the first kind takes longer than one of the second,
 *   0.5: no difference. It is the size of the effect, which p is not
 * @property {number} calls_to_tell how many calls of each kind it takes to be right in 95 of 100 cases,
 *   at an effect of this size (Noether 1987)
 */

const SURE_95 = 1.645;

/**
 * @param {readonly Stretch[]} stretches
 * @returns {Comparison}
 */
export function compareByRank(stretches) {
  let difference = 0;
  let variance = 0;
  let above = 0;
  let pairs = 0;
  for (const { first, second } of stretches) {
    const [n, m, all] = [first.length, second.length, first.length + second.length];
    if (n === 0 || m === 0) continue;
    const { rankSum, ties } = rank(first, second);
    const u = rankSum - (n * (n + 1)) / 2;
    // What makes the most of stretches of unlike lengths.
    const weight = 1 / (all + 1);
    difference += weight * (u - (n * m) / 2);
    variance += weight ** 2 * ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
    above += u;
    pairs += n * m;
  }
  const slower = pairs === 0 ? 0.5 : above / pairs;
  return {
    calls: stretches.reduce((sum, { first }) => sum + first.length, 0),
    p: twoSided(variance > 0 ? difference / Math.sqrt(variance) : 0),
    slower,
    calls_to_tell: Math.ceil((2 * SURE_95) ** 2 / (6 * (slower - 0.5) ** 2)),
  };
}

/**
 * The sum of the first ones' ranks among all, counted from 1.
 *
 * @param {readonly number[]} first
 * @param {readonly number[]} second
 */
function rank(first, second) {
  const all = [
    ...first.map((value) => ({ value, isFirst: true })),
    ...second.map((value) => ({ value, isFirst: false })),
  ].sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    // Equal ones share the middle of their ranks.
    const shared = (from + 1 + to) / 2;
    for (const { isFirst } of all.slice(from, to)) if (isFirst) rankSum += shared;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { rankSum, ties };
}

/** The chance of a normal value at least so far from 0. @param {number} z */
export function twoSided(z) {
  // Abramowitz and Stegun, 7.1.26: right to 1.5e-7.
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const coefficients = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  const series = coefficients.reduceRight((sum, coefficient) => (sum + coefficient) * t, 0);
  return Math.min(1, series * Math.exp(-x * x));
}
