/**
 * @import { Size } from "../lib/run.js"
 * @import { Kind } from "./cases.js"
 * @import { ratiosOf } from "./ratios.js"
 * @import { Case } from "./summary.js"
 */
import { judge } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { BOOKS, KINDS, MARKED_BOOK, SIZES } from "./cases.js";
import { REFERENCE, SUBJECTS } from "./subjects/all.js";

const FEWEST_ROUNDS = 3;
const NOTHING = "–";

/** @typedef {ReturnType<typeof ratiosOf>[number]} SyncRatio */

/**
 * @param {readonly Case[]} cases
 * @param {readonly SyncRatio[]} ratios
 * @param {{ size: Size, notMeasured: { subject: string, reason: string }[] }} run
 */
export function syncTable(cases, ratios, { size, notMeasured }) {
  const { tables, rounds } = SIZES[size];
  return [
    `## Syncs, in times ${REFERENCE.name}`,
    "",
    `Above 1 is slower. Median of ${rounds} rounds, with the 10th and 90th percentile; each against`,
    `${REFERENCE.name} of the same round and tables. \`?\`: the rounds are further apart than the median`,
    "is from 1, and nothing is concluded. Tables: contacts and directory before the round.",
    ...notMeasured.map(({ subject, reason }) => `\n${subject}: not measured (${reason}).`),
    ...tables.flatMap(({ name }) =>
      BOOKS.map((contacts) => `\n${timesTable(cases, { tables: name, contacts })}`),
    ),
    "",
    limitsTable(size),
    "",
    "## Marks",
    "",
    formatTable(
      ["ratio", "mark", "measured", "rounds", "result"],
      ratios.flatMap((ratio) => (ratio.mark === undefined ? [] : [markRow(ratio, ratio.mark)])),
    ),
    "",
    `## What a sync of ${MARKED_BOOK.toLocaleString("en")} contacts costs`,
    "",
    "Medians. WAL: long after a checkpoint; soon after one, a page that changes is logged whole, and a",
    "large index has one for almost every new contact, whoever writes it. dead: row versions left for",
    "vacuum. pages: of 8 KB, of tables and indexes, found in the server's memory, and not. CPU: of the",
    "connection's backend, and of the client's process.",
    "",
    costsTable(cases, SIZES[size].detailed),
    "",
    "## On this machine, just now",
    "",
    "Milliseconds from call to answer.",
    ...tables.flatMap(({ name }) => `\n${millisecondsTable(cases, name)}`),
  ].join("\n");
}

/**
 * @param {readonly Case[]} cases
 * @param {{ tables: string, contacts: number }} shown
 */
function timesTable(cases, { tables, contacts }) {
  const head = `${contacts.toLocaleString("en")} contacts, tables ${tables}`;
  const rows = SUBJECTS.flatMap(({ name }) => {
    const cells = KINDS.map((kind) => find(cases, { tables, contacts, kind, subject: name }));
    if (cells.every((cell) => cell === undefined)) return [];
    return [[name, ...cells.map((cell) => (cell === undefined ? NOTHING : timesCell(cell)))]];
  });
  return formatTable([head, ...KINDS], rows);
}

/** @param {Case} of */
function timesCell({ subject, times_contact_sync: times, rounds }) {
  if (subject === REFERENCE.name) return "1";
  const open = rounds < FEWEST_ROUNDS || judge(times, 1) === "no conclusion";
  return `${formatSpread(times)}${open ? " ?" : ""}`;
}

/** Who does not take part on all tables in all rounds. @param {Size} size */
function limitsTable(size) {
  const rows = Object.entries(SIZES[size].limits).map(([pace, { tables, books }]) => {
    const names = SUBJECTS.filter(
      ({ everywhere, pace: own = "others" }) => !everywhere && own === pace,
    ).map(({ name }) => name);
    const cells = BOOKS.map((contacts) => {
      const book = books[contacts];
      if (book === undefined) return NOTHING;
      return `${book.rounds}${book.kinds === undefined ? "" : ` (${book.kinds.join(", ")})`}`;
    });
    return [names.join(", "), tables.join(", "), ...cells];
  });
  const heads = BOOKS.map((contacts) => `rounds of ${contacts.toLocaleString("en")}`);
  return formatTable(["takes part", "tables", ...heads], rows);
}

/**
 * @param {SyncRatio} ratio
 * @param {number} mark
 */
function markRow({ label, value, better, rounds }, mark) {
  return [
    label,
    `${better === "lower" ? "≤" : "≥"} ${mark}`,
    formatSpread(value),
    String(rounds),
    RESULTS[better][judge(value, mark)],
  ];
}

const RESULTS = {
  lower: { below: "reached", above: "missed", "no conclusion": "no conclusion" },
  higher: { below: "missed", above: "reached", "no conclusion": "no conclusion" },
};

/**
 * @param {readonly Case[]} cases
 * @param {string} tables
 */
function costsTable(cases, tables) {
  const rows = SUBJECTS.flatMap(({ name }) =>
    KINDS.flatMap((kind) => {
      const of = find(cases, { tables, contacts: MARKED_BOOK, kind, subject: name });
      if (of === undefined) return [];
      return [
        [
          `${name}, ${kind}`,
          (of.wal_bytes.median / 1_024).toFixed(0),
          of.dead_tuples.median.toFixed(0),
          of.blocks_hit.median.toFixed(0),
          of.blocks_read.median.toFixed(0),
          of.server_cpu_ms === null ? NOTHING : of.server_cpu_ms.median.toFixed(1),
          of.client_cpu_ms.median.toFixed(1),
        ],
      ];
    }),
  );
  return formatTable(
    [`tables ${tables}`, "WAL KB", "dead", "pages hit", "read", "server CPU ms", "client CPU ms"],
    rows,
  );
}

/**
 * @param {readonly Case[]} cases
 * @param {string} tables
 */
function millisecondsTable(cases, tables) {
  const columns = BOOKS.flatMap((contacts) => KINDS.map((kind) => ({ contacts, kind })));
  const rows = SUBJECTS.flatMap(({ name }) => {
    const cells = columns.map((column) => find(cases, { tables, ...column, subject: name }));
    if (cells.every((of) => of === undefined)) return [];
    return [[name, ...cells.map((of) => (of === undefined ? NOTHING : formatSpread(of.ms, 1)))]];
  });
  const heads = columns.map(({ contacts, kind }) => `${contacts.toLocaleString("en")} ${kind}`);
  return formatTable([`tables ${tables}`, ...heads], rows);
}

/**
 * @param {readonly Case[]} cases
 * @param {{ tables: string, contacts: number, kind: Kind, subject: string }} of
 */
function find(cases, { tables, contacts, kind, subject }) {
  return cases.find(
    (of) =>
      of.tables === tables &&
      of.contacts === contacts &&
      of.kind === kind &&
      of.subject === subject,
  );
}
