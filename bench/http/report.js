/**
 * @import { Ratio } from "../lib/compare.js"
 * @import { Spread } from "../lib/statistics.js"
 * @import { Case } from "./cases.js"
 */
import { judge, quantile, spreadOf } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { MARKED_CONTACTS, MARKS } from "./cases.js";

const KINDS = /** @type {const} */ (["first", "repeated"]);

/**
 * @typedef {object} Loaded what sending requests took
 * @property {number[]} latencies in milliseconds, of each request
 * @property {number} p50
 * @property {number} perSecond
 *
 * @typedef {Loaded & { databaseP50: number, insideP50: number, databaseShare: number }} Synced
 *
 * @typedef {{ first: Synced, repeated: Synced, parseOnly: Loaded }} Round of a case
 *
 * @typedef {ReturnType<typeof summarize>} Summary
 */

/**
 * One case over all rounds. Ratios are taken within each round and their spread is over the rounds;
 * p99 is over all requests of the run, since a round has too few.
 *
 * @param {Case} of
 * @param {readonly Round[]} rounds
 */
export function summarize(of, rounds) {
  const over = (/** @type {(round: Round) => number} */ figure) => spreadOf(rounds.map(figure));
  const allOf = (/** @type {keyof Round} */ name) =>
    rounds.flatMap((round) => round[name].latencies);
  const syncs = KINDS.map((kind) => {
    const latencies = allOf(kind);
    return {
      kind,
      times_parsing: over((round) => round[kind].p50 / round.parseOnly.p50),
      times_database: over((round) => round[kind].p50 / round[kind].databaseP50),
      times_inside_database: over((round) => round[kind].p50 / round[kind].insideP50),
      throughput_of_parsing: over((round) => round[kind].perSecond / round.parseOnly.perSecond),
      database_share: over((round) => round[kind].databaseShare),
      p50_ms: over((round) => round[kind].p50),
      p99_ms: quantile(latencies, 0.99),
      database_p50_ms: over((round) => round[kind].databaseP50),
      processing_time_p50_ms: over((round) => round[kind].insideP50),
      syncs_per_second: over((round) => round[kind].perSecond),
      requests: latencies.length,
    };
  });
  const parseOnly = {
    p50_ms: over((round) => round.parseOnly.p50),
    p99_ms: quantile(allOf("parseOnly"), 0.99),
    requests_per_second: over((round) => round.parseOnly.perSecond),
  };
  return { ...of, rounds: rounds.length, syncs, parse_only: parseOnly };
}

/**
 * The ratios that a mark is about.
 *
 * @param {readonly Summary[]} cases
 * @returns {Ratio[]}
 */
export function httpRatios(cases) {
  return cases.filter(isMarked).flatMap((of) =>
    of.syncs.map((sync) => ({
      id: `http/${of.contacts}/${of.field}/${sync.kind}/database`,
      label: `${nameOf(of, sync)}, through HTTP ÷ the database's part`,
      value: sync.times_database,
      better: "lower",
      mark: MARKS[of.field],
    })),
  );
}

/** @param {readonly Summary[]} cases */
export function httpTable(cases) {
  const rows = cases.flatMap((of) => of.syncs.map((sync) => ({ of, sync })));
  return [
    "## Ratios",
    "",
    "Median of the rounds, with the 10th and 90th percentile. `?`: they are further apart than the",
    "median is from 1, and nothing is concluded.",
    "",
    formatTable(
      ["sync", "clients", "× only parsing", "× database", "× inside", "throughput of only parsing"],
      rows.map(({ of, sync }) => [
        nameOf(of, sync),
        String(of.clients),
        formatRatio(sync.times_parsing),
        formatRatio(sync.times_database),
        formatRatio(sync.times_inside_database),
        formatRatio(sync.throughput_of_parsing),
      ]),
    ),
    "",
    "## Marks",
    "",
    formatTable(
      ["one client", "mark", "× database", "result", "× inside", "result"],
      rows.filter(({ of }) => isMarked(of)).map(({ of, sync }) => markRow(of, sync)),
    ),
    "",
    "## On this machine, just now",
    "",
    "Milliseconds. database: the call as the service sees it, with commit and waiting for a connection.",
    "inside: processing_time_ms, what the SQL function took, whole milliseconds rounded up.",
    "",
    formatTable(
      ["sync", "clients", "p50", "p99", "database", "inside", "parsing p50", "p99", "syncs/s"],
      rows.map(({ of, sync }) => [
        nameOf(of, sync),
        String(of.clients),
        formatSpread(sync.p50_ms, 1),
        sync.p99_ms.toFixed(1),
        sync.database_p50_ms.median.toFixed(1),
        sync.processing_time_p50_ms.median.toFixed(1),
        of.parse_only.p50_ms.median.toFixed(1),
        of.parse_only.p99_ms.toFixed(1),
        sync.syncs_per_second.median.toFixed(0),
      ]),
    ),
  ].join("\n");
}

const RESULTS = { below: "reached", above: "missed", "no conclusion": "no conclusion" };

/**
 * @param {Summary} of
 * @param {Summary["syncs"][number]} sync
 */
function markRow(of, sync) {
  const mark = MARKS[of.field];
  return [
    nameOf(of, sync),
    `≤ ${mark}`,
    ...[sync.times_database, sync.times_inside_database].flatMap((ratio) => [
      formatSpread(ratio),
      RESULTS[judge(ratio, mark)],
    ]),
  ];
}

/** @param {Spread} ratio */
function formatRatio(ratio) {
  return `${formatSpread(ratio)}${judge(ratio, 1) === "no conclusion" ? " ?" : ""}`;
}

/** @param {Case} of */
function isMarked({ contacts, clients }) {
  return contacts === MARKED_CONTACTS && clients === 1;
}

/**
 * @param {Case} of
 * @param {{ kind: string }} sync
 */
function nameOf({ contacts, field }, { kind }) {
  const what = field === "phoneNumbers" ? "numbers" : "hashes";
  return `${contacts.toLocaleString("en")} ${what}, ${kind}`;
}
