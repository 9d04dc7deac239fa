// Reads the example numbers of every country in every region's book, in each notation, and prints
// how many were read rightly, refused and why, and misread.
//
//   npm run build && npm --prefix bench ci     once
//   node bench/numbers/regions.js              the totals, for us and for google-libphonenumber
//   node bench/numbers/regions.js --regions    also a line for each region
//   node bench/numbers/regions.js --client DIR another build of the client, such as client/dist of
//                                              an older checkout (default: the one of this one)
//
// Exits with 1 when a number is misread that was written with its country code and a prefix. The
// marks are docs/benchmarks.md's.
/** @import { Example } from "./oracle.js" */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { formatTable } from "../lib/table.js";
import { INTERNATIONAL, REGIONAL } from "./notations.js";
import {
  ALL_TYPES,
  codeOf,
  EVERYDAY_TYPES,
  examples,
  isSomebodys,
  oracleReads,
  REGIONS,
} from "./oracle.js";

const { values: options } = parseArgs({
  options: { regions: { type: "boolean", default: false }, client: { type: "string" } },
});
const path = options.client === undefined ? undefined : `${pathToFileURL(options.client)}/index.js`;
/** @type {typeof import("@contact-sync/client")} */
const client = await import(path ?? "@contact-sync/client");

/**
 * @typedef {object} Tally
 * @property {number} read
 * @property {number} right
 * @property {Record<string, number>} refused by reason
 * @property {number} strangers read as another number, which is valid
 * @property {number} misread read as another number, which is not
 */

/** @type {Map<string, { ours: Tally, oracle: Tally }>} */
const tallies = new Map();
/** @type {Map<string, Record<string, number>>} */
const byRegion = new Map();

/** @returns {Tally} */
const tally = () => ({ read: 0, right: 0, refused: {}, strangers: 0, misread: 0 });

const normalizers = new Map(
  REGIONS.map((region) => [region, client.createNormalizer({ defaultRegion: region })]),
);

/** The examples that are in an old form of a plan that moved: their new form is another number. */
/** @param {Example} number */
const isOfToday = ({ e164 }) => {
  const answer = client.normalizePhoneNumber(e164);
  return answer.ok && answer.e164 === e164;
};

/**
 * @param {string} notation
 * @param {Example} number
 * @param {string} text
 * @param {string} region where it was written
 */
function read(notation, number, text, region) {
  let both = tallies.get(notation);
  if (both === undefined) {
    both = { ours: tally(), oracle: tally() };
    tallies.set(notation, both);
  }
  const answer = normalizers.get(region)?.(text);
  const reason = answer?.ok === false ? answer.reason : "";
  const isRight = count(both.ours, number, answer?.ok ? answer.e164 : undefined, reason);
  if (!isRight) {
    const counts = byRegion.get(region) ?? {};
    const key = `${notation}: ${reason || "misread"}`;
    counts[key] = (counts[key] ?? 0) + 1;
    byRegion.set(region, counts);
  }
  count(both.oracle, number, oracleReads(text, region), "impossible");
}

/**
 * @param {Tally} into
 * @param {Example} number
 * @param {string | undefined} e164
 * @param {string} reason
 */
function count(into, number, e164, reason) {
  into.read += 1;
  if (e164 === undefined) into.refused[reason] = (into.refused[reason] ?? 0) + 1;
  else if (e164 === number.e164) into.right += 1;
  else if (isSomebodys(e164)) into.strangers += 1;
  else into.misread += 1;
  return e164 === number.e164;
}

const everyday = examples(EVERYDAY_TYPES).filter(isOfToday);
for (const region of REGIONS) {
  for (const number of everyday) {
    for (const [notation, write] of Object.entries(REGIONAL)) {
      for (const text of write(number, region)) read(notation, number, text, region);
    }
    const whose = number.code === codeOf(region) ? "the region's" : "another's";
    read(`CC n, ${whose}`, number, `${number.code}${number.national}`, region);
  }
}
for (const number of everyday) {
  for (const [notation, write] of Object.entries(INTERNATIONAL)) {
    for (const text of write(number)) read(notation, number, text, number.region);
  }
}
for (const number of examples(ALL_TYPES).filter(isOfToday)) {
  read("national", number, number.written, number.region);
  read("national, n.0", number, `${number.written.replace(/\D/g, "")}.0`, number.region);
  read("national, its prefix lost", number, number.national, number.region);
}

const require = createRequire(import.meta.url);
const versionOf = (/** @type {string} */ name) => require(`${name}/package.json`).version;
console.log(
  `libphonenumber-js ${versionOf("libphonenumber-js")}, google-libphonenumber ` +
    `${versionOf("google-libphonenumber")}: ${REGIONS.length} regions, ${everyday.length} numbers.`,
);
const figure = (/** @type {number} */ value) => value.toLocaleString("en");
const reasons = (/** @type {Record<string, number>} */ refused) =>
  Object.entries(refused)
    .map(([reason, times]) => `${figure(times)} ${reason}`)
    .join(", ") || "0";
for (const whose of /** @type {const} */ (["ours", "oracle"])) {
  console.log(whose === "ours" ? "\nWe" : "\ngoogle-libphonenumber");
  console.log(
    formatTable(
      ["notation", "read", "right", "as a valid number of another", "as no number", "refused"],
      [...tallies].map(([notation, both]) => {
        const { read, right, strangers, misread, refused } = both[whose];
        return [notation, ...[read, right, strangers, misread].map(figure), reasons(refused)];
      }),
    ),
  );
}
if (options.regions) {
  for (const [region, counts] of [...byRegion].sort()) console.log(`${region}  ${reasons(counts)}`);
}

/** What no rule can tell: these digits are a number of the region as it is written there. */
const UNDECIDABLE = ["CC n, another's", "+CC CC n"];
const lost = [...tallies].filter(
  ([notation, { ours }]) => !UNDECIDABLE.includes(notation) && ours.strangers + ours.misread > 0,
);
if (lost.length > 0) {
  console.error(`\nMisread: ${lost.map(([notation]) => notation).join("; ")}.`);
  process.exitCode = 1;
}
