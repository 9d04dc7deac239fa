/**
 * @import { Ratio } from "../lib/compare.js"
 * @import { Spread } from "../lib/statistics.js"
 * @import { DatabaseSample, Kind } from "./measure-database.js"
 * @import { LinkSample } from "./measure-links.js"
 * @import { Asked, LoadSample, ServiceSample } from "./measure-service.js"
 * @import { SizeSample } from "./measure-size.js"
 */
import { required } from "../lib/required.js";
import { judge, spreadOf, spreadOrNull } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { BOOKS, CLIENTS, KINDS, LOADED_BOOK, MARKS } from "./cases.js";

const ASKED = /** @type {const} */ (["status", ...KINDS]);
const SMALL_BOOK = LOADED_BOOK;
const LARGE_BOOK = 100_000;
const RESULTS = { below: "reached", above: "missed", "no conclusion": "no conclusion" };
const NAMES = {
  status: "GET …/sync/status",
  nothing: "nothing changed",
  changed: "3 added, 1 removed",
  full: "full, unchanged",
};

/**
 * @typedef {object} Measurements
 * @property {readonly DatabaseSample[]} database
 * @property {readonly ServiceSample[]} samples
 * @property {readonly LoadSample[]} loads
 * @property {readonly SizeSample[]} sizes
 * @property {readonly LinkSample[]} links
 *
 * @typedef {ReturnType<typeof summarize>} Summary
 */

/** All over the rounds; ratios are taken within each. @param {Measurements} measured */
export function summarize({ database, samples, loads, sizes, links }) {
  const rounds = [...new Set(samples.map(({ round }) => round))];
  const msInDatabase = (
    /** @type {number} */ round,
    /** @type {number} */ contacts,
    /** @type {Kind} */ kind,
  ) =>
    required(
      database.find((of) => of.round === round && of.contacts === contacts && of.kind === kind),
      "sample",
    ).ms;
  const msOfService = (
    /** @type {number} */ round,
    /** @type {number} */ contacts,
    /** @type {Asked} */ asked,
  ) =>
    required(
      samples.find((of) => of.round === round && of.contacts === contacts && of.asked === asked),
      "sample",
    ).ms;
  const perSecond = (
    /** @type {number} */ round,
    /** @type {number} */ clients,
    /** @type {Asked} */ asked,
  ) =>
    required(
      loads.find((of) => of.round === round && of.clients === clients && of.asked === asked),
      "sample",
    ).perSecond;
  const over = (/** @type {(round: number) => number} */ figure) => spreadOf(rounds.map(figure));

  return {
    database: BOOKS.flatMap((contacts) =>
      KINDS.map((kind) => {
        const own = database.filter((of) => of.contacts === contacts && of.kind === kind);
        const cost = (/** @type {"walBytes" | "blocksHit" | "blocksRead" | "deadTuples"} */ name) =>
          spreadOf(own.map(({ cost }) => cost[name]));
        return {
          contacts,
          kind,
          ms: spreadOf(own.map(({ ms }) => ms)),
          times_small_book: over(
            (round) => msInDatabase(round, contacts, kind) / msInDatabase(round, SMALL_BOOK, kind),
          ),
          times_nothing: over(
            (round) =>
              msInDatabase(round, contacts, kind) / msInDatabase(round, contacts, "nothing"),
          ),
          wal_bytes: cost("walBytes"),
          blocks_hit: cost("blocksHit"),
          blocks_read: cost("blocksRead"),
          dead_tuples: cost("deadTuples"),
          server_cpu_ms: spreadOrNull(own.map(({ cost }) => cost.serverCpuMs)),
        };
      }),
    ),
    service: BOOKS.flatMap((contacts) =>
      ASKED.map((asked) => {
        const own = samples.filter((of) => of.contacts === contacts && of.asked === asked);
        const bytes = (/** @type {keyof ServiceSample} */ name) =>
          spreadOf(own.map((of) => Number(of[name])));
        return {
          contacts,
          asked,
          ms: spreadOf(own.map(({ ms }) => ms)),
          times_status: over(
            (round) => msOfService(round, contacts, asked) / msOfService(round, contacts, "status"),
          ),
          times_nothing: over(
            (round) =>
              msOfService(round, contacts, asked) / msOfService(round, contacts, "nothing"),
          ),
          sent_bytes: bytes("sentBytes"),
          received_bytes: bytes("receivedBytes"),
          sent_body_bytes: bytes("sentBodyBytes"),
          received_body_bytes: bytes("receivedBodyBytes"),
        };
      }),
    ),
    load: CLIENTS.flatMap((clients) =>
      ASKED.map((asked) => ({
        clients,
        asked,
        per_second: over((round) => perSecond(round, clients, asked)),
        times_full: over(
          (round) => perSecond(round, clients, asked) / perSecond(round, clients, "full"),
        ),
        times_status: over(
          (round) => perSecond(round, clients, asked) / perSecond(round, clients, "status"),
        ),
      })),
    ),
    sizes: [...sizes],
    links: [...new Set(links.map(({ books }) => books))].map((books) => {
      const own = links.filter((of) => of.books === books);
      const of = (/** @type {(sample: LinkSample) => number} */ figure) =>
        spreadOf(own.map(figure));
      return {
        books,
        rounds: own.length,
        times_update: of((sample) => sample["contact-sync"].linkMs / sample.update.linkMs),
        ms: of((sample) => sample["contact-sync"].linkMs),
        update_ms: of((sample) => sample.update.linkMs),
        others_times_idle: of((sample) => sample["contact-sync"].othersP99 / sample.idle.othersP99),
        others_times_idle_in_update: of(
          (sample) => sample.update.othersP99 / sample.idle.othersP99,
        ),
        others_p50: of((sample) => sample["contact-sync"].othersP50),
        others_p99: of((sample) => sample["contact-sync"].othersP99),
        others_max: of((sample) => sample["contact-sync"].othersMax),
        others_max_in_update: of((sample) => sample.update.othersMax),
        idle_p50: of((sample) => sample.idle.othersP50),
        idle_p99: of((sample) => sample.idle.othersP99),
        syncs: of((sample) => sample["contact-sync"].syncs),
      };
    }),
  };
}

/** @param {Summary} summary */
function marksOf(summary) {
  const service = (/** @type {number} */ contacts, /** @type {Asked} */ asked) =>
    required(
      summary.service.find((of) => of.contacts === contacts && of.asked === asked),
      "case",
    );
  const [before, now] = summary.sizes.map(({ heap, indexes }) => heap + indexes);
  const size = required(now, "size") / required(before, "size");
  /** @type {Ratio[]} */
  const marks = [
    {
      id: "incremental/nothing/route",
      label: "nothing changed (book of 1,000), in times the cheapest route",
      value: service(SMALL_BOOK, "nothing").times_status,
      better: "lower",
      mark: MARKS.nothingToRoute,
    },
    {
      id: `incremental/nothing/${LARGE_BOOK}/route`,
      label: "nothing changed (book of 100,000), in times the cheapest route",
      value: service(LARGE_BOOK, "nothing").times_status,
      better: "lower",
      mark: MARKS.nothingToRoute,
    },
    ...CLIENTS.map((clients) => ({
      id: `incremental/nothing/throughput/${clients}`,
      label: `nothing changed, throughput in times a full unchanged sync of 1,000, ${clients === 1 ? "1 client" : `${clients} clients`}`,
      value: required(
        summary.load.find((of) => of.clients === clients && of.asked === "nothing"),
        "case",
      ).times_full,
      better: /** @type {const} */ ("higher"),
      mark: MARKS.nothingToFull,
    })),
    {
      id: `incremental/changed/${LARGE_BOOK}/nothing`,
      label: "4 changes in a book of 100,000, in times nothing changed",
      value: service(LARGE_BOOK, "changed").times_nothing,
      better: "lower",
      mark: MARKS.changedToNothing,
    },
    {
      id: "incremental/nothing/sent",
      label: "nothing changed, bytes sent, in times 1 KB",
      value: dividedBy(service(LARGE_BOOK, "nothing").sent_bytes, MARKS.bytes),
      better: "lower",
      mark: 1,
    },
    {
      id: "incremental/nothing/received",
      label: "nothing changed, bytes received, in times 1 KB",
      value: dividedBy(service(LARGE_BOOK, "nothing").received_bytes, MARKS.bytes),
      better: "lower",
      mark: 1,
    },
    {
      id: "incremental/nothing/bodies",
      label: "nothing changed, both bodies together, in times 1 KB",
      value: dividedBy(
        sumOf(
          service(LARGE_BOOK, "nothing").sent_body_bytes,
          service(LARGE_BOOK, "nothing").received_body_bytes,
        ),
        MARKS.bytes,
      ),
      better: "lower",
      mark: 1,
    },
    ...summary.links.flatMap(({ books, times_update: times, others_times_idle: others }) => [
      {
        id: `incremental/link/${books}/update`,
        label: `a number in ${number(books)} books linked, in times a bare UPDATE`,
        value: times,
        better: /** @type {const} */ ("lower"),
        mark: MARKS.linkToUpdate,
      },
      {
        id: `incremental/link/${books}/others`,
        label: `others' p99 meanwhile (${number(books)} books), in times idle`,
        value: others,
        better: /** @type {const} */ ("lower"),
        mark: MARKS.othersToIdle,
      },
    ]),
    {
      id: "incremental/size",
      label: "a contact on disk, in times before",
      value: { median: size, low: size, high: size },
      better: "lower",
      mark: MARKS.contactToBefore,
    },
  ];
  return marks;
}

/**
 * @param {Summary} summary
 * @returns {Ratio[]}
 */
export function incrementalRatios(summary) {
  const database = (/** @type {Kind} */ kind) =>
    required(
      summary.database.find((of) => of.contacts === LARGE_BOOK && of.kind === kind),
      "case",
    ).times_small_book;
  return [
    ...marksOf(summary),
    .../** @type {const} */ (["nothing", "changed"]).map((kind) => ({
      id: `incremental/database/${kind}/${LARGE_BOOK}`,
      label: `${NAMES[kind]} in the database, a book of 100,000 in times one of 1,000`,
      value: database(kind),
      better: /** @type {const} */ ("lower"),
    })),
  ];
}

/** @param {Summary} summary */
export function incrementalTable(summary) {
  return [
    "## Marks",
    "",
    formatTable(
      ["", "mark", "measured", "result"],
      marksOf(summary).map(({ label, value, better, mark = 0 }) => [
        label,
        `${better === "lower" ? "≤" : "≥"} ${mark}`,
        formatSpread(value),
        resultOf(value, better, mark),
      ]),
    ),
    "",
    "## A sync of a device, in the database",
    "",
    "One connection. WAL in bytes, pages of 8 KB.",
    "",
    formatTable(
      ["contacts", "", "ms", "× of 1,000", "× nothing", "WAL", "pages hit", "read", "CPU ms"],
      summary.database.map((of) => [
        number(of.contacts),
        NAMES[of.kind],
        formatSpread(of.ms),
        formatRatio(of.times_small_book),
        formatRatio(of.times_nothing),
        of.wal_bytes.median.toFixed(0),
        of.blocks_hit.median.toFixed(0),
        of.blocks_read.median.toFixed(0),
        of.server_cpu_ms === null ? "–" : of.server_cpu_ms.median.toFixed(2),
      ]),
    ),
    "",
    "## The same over HTTP",
    "",
    "One client. Bytes over the connection, headers and all; in brackets the body alone.",
    "",
    formatTable(
      ["contacts", "", "ms", "× status", "× nothing", "sent", "received"],
      summary.service.map((of) => [
        number(of.contacts),
        NAMES[of.asked],
        formatSpread(of.ms),
        formatRatio(of.times_status),
        formatRatio(of.times_nothing),
        `${of.sent_bytes.median.toFixed(0)} (${of.sent_body_bytes.median.toFixed(0)})`,
        `${of.received_bytes.median.toFixed(0)} (${of.received_body_bytes.median.toFixed(0)})`,
      ]),
    ),
    "",
    "## Requests a second, books of 1,000",
    "",
    formatTable(
      ["", "clients", "a second", "× status", "× full"],
      summary.load.map((of) => [
        NAMES[of.asked],
        String(of.clients),
        formatSpread(of.per_second, 0),
        formatRatio(of.times_status),
        formatRatio(of.times_full),
      ]),
    ),
    "",
    "## A number is linked while others sync",
    "",
    "To the last who holds it, in times one bare UPDATE of the same contacts at the same time. Others: two",
    "who sync small books with a pause of 5 ms; milliseconds.",
    "",
    formatTable(
      [
        "books",
        "× UPDATE",
        "ms",
        "UPDATE ms",
        "others' p99, × idle",
        "in the UPDATE",
        "p99",
        "idle p99",
        "longest",
        "in the UPDATE",
      ],
      summary.links.map((of) => [
        number(of.books),
        formatSpread(of.times_update),
        of.ms.median.toFixed(1),
        of.update_ms.median.toFixed(1),
        formatSpread(of.others_times_idle),
        formatSpread(of.others_times_idle_in_update),
        of.others_p99.median.toFixed(1),
        of.idle_p99.median.toFixed(1),
        of.others_max.median.toFixed(0),
        of.others_max_in_update.median.toFixed(0),
      ]),
    ),
    "",
    "## A contact on disk",
    "",
    formatTable(
      ["table", "rows", "heap", "indexes", "bytes a row"],
      summary.sizes.map(({ table, rows, heap, indexes }) => [
        table,
        number(rows),
        heap.toFixed(1),
        indexes.toFixed(1),
        (heap + indexes).toFixed(1),
      ]),
    ),
  ].join("\n");
}

/**
 * @param {Spread} value
 * @param {"lower" | "higher"} better
 * @param {number} mark
 */
function resultOf(value, better, mark) {
  if (value.low === value.high) {
    return (better === "lower") === value.median <= mark ? "reached" : "missed";
  }
  const judged = judge(value, mark);
  if (judged === "no conclusion") return RESULTS[judged];
  return (judged === "below") === (better === "lower") ? "reached" : "missed";
}

/**
 * @param {Spread} spread
 * @param {number} by
 * @returns {Spread}
 */
const dividedBy = ({ median, low, high }, by) => ({
  median: median / by,
  low: low / by,
  high: high / by,
});

/**
 * @param {Spread} one
 * @param {Spread} other
 * @returns {Spread}
 */
const sumOf = (one, other) => ({
  median: one.median + other.median,
  low: one.low + other.low,
  high: one.high + other.high,
});

/** @param {Spread} ratio */
function formatRatio(ratio) {
  if (ratio.low === 1 && ratio.high === 1) return "1";
  return `${formatSpread(ratio)}${judge(ratio, 1) === "no conclusion" ? " ?" : ""}`;
}

/** @param {number} count */
const number = (count) => count.toLocaleString("en");
