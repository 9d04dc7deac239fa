/** @import { Spread } from "./statistics.js" */
import { required } from "./required.js";

/**
 * @typedef {{ label: string, value: Spread }} Bar
 * @typedef {{ title: string, bars: Bar[] }} Group
 *
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} subtitle
 * @property {string} axis what the figures are
 * @property {string} one what stands at 1
 * @property {readonly Group[]} groups
 *
 * @typedef {object} Scale
 * @property {number[]} ticks
 * @property {number} from the first tick
 * @property {number} to the last one
 * @property {(value: number) => number} at where a value is, in pixels
 */

// Pixels.
const WIDTH = 760;
const MARGIN = 20;
const TITLE = 56;
const GROUP_HEAD = 34;
const ROW = 26;
const BAR = 14;
const AXIS = 62;
/** Room for the figures right of the bars. */
const FIGURES = 56;
/** Average width of a character at 13 pixels; nothing here can measure text. */
const CHARACTER = 7;

// Its own background: as an image on a page it follows the reader's system, not the page's colours.
const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328; }
  .background { fill: #ffffff; }
  .title { font-size: 17px; font-weight: 600; }
  .head { font-weight: 600; }
  .quiet { fill: #59636e; font-size: 12px; }
  .grid { stroke: #d1d9e0; }
  .one { stroke: #1f2328; stroke-width: 1.5; }
  .slower { fill: #e8863c; }
  .faster { fill: #4b8fd8; }
  .whisker { stroke: #1f2328; stroke-width: 1.25; fill: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .background { fill: #0d1117; }
    .quiet { fill: #9198a1; }
    .grid { stroke: #30363d; }
    .one, .whisker { stroke: #e6edf3; }
    .slower { fill: #c4671c; }
    .faster { fill: #316dca; }
  }`;

/**
 * Draws ratios to 1 as horizontal bars on a logarithmic scale, with whiskers from low to high.
 *
 * @param {Chart} chart
 * @returns {string} an SVG document, readable in light and dark
 */
export function barChart({ title, subtitle, axis, one, groups }) {
  const bars = groups.flatMap((group) => group.bars);
  const left =
    MARGIN + Math.ceil(CHARACTER * Math.max(...bars.map(({ label }) => label.length))) + 12;
  const scale = logScale(bars, left, WIDTH - MARGIN - FIGURES);
  const bottom = TITLE + bars.length * ROW + groups.length * GROUP_HEAD + 8;
  const height = bottom + AXIS;

  let y = TITLE;
  const drawn = groups.flatMap((group) => {
    const head = `<text class="head" x="${MARGIN}" y="${y + 24}">${escapeText(group.title)}</text>`;
    y += GROUP_HEAD;
    const rows = group.bars.map((bar, place) => drawBar(bar, y + place * ROW, left, scale));
    y += group.bars.length * ROW;
    return [head, ...rows];
  });

  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escapeText(title)}</title>`,
    `<desc id="description">${escapeText(inWords(axis, groups))}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="background" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="${MARGIN}" y="28">${escapeText(title)}</text>`,
    `<text class="quiet" x="${MARGIN}" y="48">${escapeText(subtitle)}</text>`,
    ...scale.ticks.map((tick) => drawTick(tick, scale.at(tick), bottom, one)),
    ...drawn,
    `<text class="quiet" x="${(scale.at(scale.from) + scale.at(scale.to)) / 2}" y="${bottom + 50}" text-anchor="middle">${escapeText(axis)}</text>`,
    "</svg>",
  ].join("\n")}\n`;
}

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** @param {string} text */
export function escapeText(text) {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/**
 * From tick to tick around all bars and 1; a value that has no logarithm is a fault.
 *
 * @param {readonly Bar[]} bars
 * @param {number} left pixels
 * @param {number} right pixels
 * @returns {Scale}
 */
function logScale(bars, left, right) {
  const values = bars.flatMap(({ value }) => [value.low, value.median, value.high]);
  if (!values.every((value) => Number.isFinite(value) && value > 0)) {
    throw new Error("a chart of ratios needs values above 0");
  }
  const ticks = ticksAround(Math.min(1, ...values), Math.max(1, ...values));
  const from = required(ticks[0], "first tick");
  const to = required(ticks.at(-1), "last tick");
  const at = (/** @type {number} */ value) =>
    round(left + ((right - left) * Math.log(value / from)) / Math.log(to / from));
  return { ticks, from, to, at };
}

/**
 * @param {number} lowest
 * @param {number} highest
 */
function ticksAround(lowest, highest) {
  const steps = Math.log10(highest / lowest) > 3 ? [1] : [1, 2, 5];
  const all = [];
  for (let power = -9; power <= 9; power += 1) {
    for (const step of steps) all.push(Number(`${step}e${power}`));
  }
  const first = all.findLastIndex((tick) => tick <= lowest);
  const last = all.findIndex((tick) => tick >= highest);
  // At least one step wide, also where everything is exactly 1.
  return all.slice(first, Math.max(last, first + 1) + 1);
}

/**
 * @param {number} tick
 * @param {number} x
 * @param {number} bottom
 * @param {string} one
 */
function drawTick(tick, x, bottom, one) {
  const isOne = tick === 1;
  return [
    `<line class="${isOne ? "one" : "grid"}" x1="${x}" y1="${TITLE + 4}" x2="${x}" y2="${bottom}"/>`,
    `<text class="quiet" x="${x}" y="${bottom + 16}" text-anchor="middle">${tick}×</text>`,
    ...(isOne
      ? [
          `<text class="quiet" x="${x}" y="${bottom + 31}" text-anchor="middle">${escapeText(one)}</text>`,
        ]
      : []),
  ].join("\n");
}

/**
 * @param {Bar} bar
 * @param {number} y
 * @param {number} left
 * @param {Scale} scale
 */
function drawBar({ label, value }, y, left, { at }) {
  const middle = y + ROW / 2;
  const one = at(1);
  const end = at(value.median);
  const low = at(value.low);
  const high = at(value.high);
  const kind = value.median < 1 ? "faster" : "slower";
  const whisker = `M${low} ${middle - 4}V${middle + 4}M${low} ${middle}H${high}M${high} ${middle - 4}V${middle + 4}`;
  return [
    `<text x="${left - 10}" y="${middle + 4}" text-anchor="end">${escapeText(label)}</text>`,
    `<rect class="${kind}" x="${Math.min(one, end)}" y="${middle - BAR / 2}" width="${round(Math.abs(end - one))}" height="${BAR}"/>`,
    `<path class="whisker" d="${whisker}"/>`,
    `<text x="${Math.max(one, end, high) + 8}" y="${middle + 4}">${formatTimes(value.median)}×</text>`,
  ].join("\n");
}

/**
 * The same for those who can't see it.
 *
 * @param {string} axis
 * @param {readonly Group[]} groups
 */
function inWords(axis, groups) {
  const lines = groups.map(
    ({ title, bars }) =>
      `${title}: ${bars
        .map(
          ({ label, value }) =>
            `${label} ${formatTimes(value.median)} (${formatTimes(value.low)} to ${formatTimes(value.high)})`,
        )
        .join(", ")}.`,
  );
  return `${axis}. ${lines.join(" ")}`;
}

/** Two significant digits are more than a noisy machine tells. @param {number} value */
const formatTimes = (value) =>
  value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2);

/** @param {number} pixels */
const round = (pixels) => Math.round(pixels * 10) / 10;
