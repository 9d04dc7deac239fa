/**
 * @import { Ratio } from "../lib/compare.js"
 * @import { Spread } from "../lib/statistics.js"
 * @import { Name } from "./subjects.js"
 * @import { Turns } from "./turns.js"
 * @import { Travelled } from "./wire.js"
 */
import { required } from "../lib/required.js";
import { judge, spreadOf, sum } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { BOOKS, CHANGED, KINDS, LONGEST_TURN_MS, SUBJECTS, TURNS_BOOK } from "./cases.js";

const KIND_NAMES = {
  first: "first sync",
  nothing: "nothing changed",
  changed: `${CHANGED} added, ${CHANGED} removed`,
};
const SUBJECT_NAMES = { sdk: "SDK", hand: "by hand" };
const RESULTS = { below: "reached", above: "missed", "no conclusion": "no conclusion" };
/** Of the arithmetic: bits a second, both ways. */
const SLOW_LINK = 1e6;

/**
 * @typedef {(typeof KINDS)[number]} Kind
 *
 * @typedef {{ round: number, contacts: number, subject: Name, kind: Kind, ms: number,
 *   cpuMs: number, storedBytes: number, storedTimes: number } & Travelled} Sample one sync
 *
 * @typedef {{ round: number, subject: Name, kind: Kind } & Turns} TurnsSample another, watched
 *
 * @typedef {ReturnType<typeof summarize>} Summary
 */

/**
 * All over the rounds; ratios are taken within each.
 *
 * @param {readonly Sample[]} samples
 * @param {readonly TurnsSample[]} turns
 */
export function summarize(samples, turns) {
  return {
    syncs: BOOKS.flatMap((contacts) =>
      KINDS.map((kind) => {
        const of = samples.filter((one) => one.contacts === contacts && one.kind === kind);
        const own = (/** @type {Name} */ name) => of.filter(({ subject }) => subject === name);
        const [sdk, hand] = [own("sdk"), own("hand")];
        const timesSdk = (/** @type {(sample: Sample) => number} */ figure) =>
          spreadOf(
            hand.map((one) => {
              const other = sdk.find(({ round }) => round === one.round);
              return figure(one) / figure(required(other, "sample of the round"));
            }),
          );
        return {
          contacts,
          kind,
          rounds: sdk.length,
          sdk: figuresOf(sdk),
          hand: figuresOf(hand),
          hand_times_sdk: {
            ms: timesSdk(({ ms }) => ms),
            cpu_ms: timesSdk(({ cpuMs }) => cpuMs),
            bytes: timesSdk(bytesOf),
          },
        };
      }),
    ),
    turns: SUBJECTS.flatMap((subject) =>
      KINDS.map((kind) => {
        const of = turns.filter((one) => one.subject === subject && one.kind === kind);
        const over = (/** @type {(sample: TurnsSample) => number} */ figure) =>
          spreadOf(of.map(figure));
        return {
          subject,
          kind,
          rounds: of.length,
          longest_ms: over(({ longest }) => longest),
          longest_of_all_ms: Math.max(...of.map(({ longest }) => longest)),
          longest_by_clock_ms: over(({ longestByClock }) => longestByClock),
          turns: over(({ count }) => count),
          share_over: sum(of.map((one) => one.over)) / sum(of.map(({ count }) => count)),
        };
      }),
    ),
  };
}

/** All that travelled. @param {Travelled} travelled */
const bytesOf = ({ sentBody, receivedBody, headers }) => sentBody + receivedBody + headers;

/** @param {readonly Sample[]} samples */
function figuresOf(samples) {
  const over = (/** @type {(sample: Sample) => number} */ figure) => spreadOf(samples.map(figure));
  return {
    ms: over(({ ms }) => ms),
    cpu_ms: over(({ cpuMs }) => cpuMs),
    requests: over(({ requests }) => requests),
    sent_body_bytes: over(({ sentBody }) => sentBody),
    received_body_bytes: over(({ receivedBody }) => receivedBody),
    headers_bytes: over(({ headers }) => headers),
    bytes: over(bytesOf),
    stored_bytes: over(({ storedBytes }) => storedBytes),
    stored_times: over(({ storedTimes }) => storedTimes),
  };
}

/**
 * @param {Summary} summary
 * @returns {Ratio[]}
 */
export function phoneRatios({ syncs, turns }) {
  return [
    ...syncs.flatMap(({ contacts, kind, hand_times_sdk: times }) => [
      {
        id: `phone/${contacts}/${kind}/time`,
        label: `${number(contacts)} contacts, ${KIND_NAMES[kind]}, time by hand ÷ SDK`,
        value: times.ms,
        better: /** @type {const} */ ("higher"),
      },
      {
        id: `phone/${contacts}/${kind}/bytes`,
        label: `${number(contacts)} contacts, ${KIND_NAMES[kind]}, bytes by hand ÷ SDK`,
        value: times.bytes,
        better: /** @type {const} */ ("higher"),
      },
    ]),
    ...turns
      .filter(({ subject }) => subject === "sdk")
      .map(({ kind, longest_ms: longest }) => ({
        id: `phone/turns/${TURNS_BOOK}/${kind}`,
        label: `${KIND_NAMES[kind]}, longest turn of the thread ÷ ${LONGEST_TURN_MS} ms`,
        value: {
          median: longest.median / LONGEST_TURN_MS,
          low: longest.low / LONGEST_TURN_MS,
          high: longest.high / LONGEST_TURN_MS,
        },
        better: /** @type {const} */ ("lower"),
        mark: 1,
      })),
  ];
}

/** @param {Summary} summary */
export function phoneTable({ syncs, turns }) {
  const rows = syncs.flatMap((of) => SUBJECTS.map((subject) => ({ of, subject })));
  const names = (/** @type {(typeof rows)[number]} */ { of, subject }) => [
    `${number(of.contacts)}, ${KIND_NAMES[of.kind]}`,
    SUBJECT_NAMES[subject],
  ];
  return [
    "## Time to the friends",
    "",
    "Milliseconds, from the call; CPU: of the client's process, all threads. ?: the rounds are further",
    "apart than the median is from 1.",
    "",
    formatTable(
      ["contacts", "", "ms", "time, by hand ÷ SDK", "CPU ms", "CPU, by hand ÷ SDK"],
      rows.map((row) => {
        const isHand = row.subject === "hand";
        const times = row.of.hand_times_sdk;
        const figures = row.of[row.subject];
        return [
          ...names(row),
          formatSpread(figures.ms, 0),
          isHand ? formatRatio(times.ms) : "1",
          formatSpread(figures.cpu_ms, 0),
          isHand ? formatRatio(times.cpu_ms) : "1",
        ];
      }),
    ),
    "",
    "## What travels and what is stored",
    "",
    "Bytes, medians. Arithmetic: all of them ÷ 1 Mbit/s, the line's own delays left out.",
    "",
    formatTable(
      [
        "contacts",
        "",
        "requests",
        "sent",
        "received",
        "headers",
        "together",
        "by hand ÷ SDK",
        "arithmetic, s",
        "stored",
        "writes",
      ],
      rows.map((row) => {
        const figures = row.of[row.subject];
        return [
          ...names(row),
          number(figures.requests.median),
          number(figures.sent_body_bytes.median),
          number(figures.received_body_bytes.median),
          number(figures.headers_bytes.median),
          number(figures.bytes.median),
          row.subject === "hand" ? row.of.hand_times_sdk.bytes.median.toFixed(2) : "1",
          ((figures.bytes.median * 8) / SLOW_LINK).toFixed(2),
          number(figures.stored_bytes.median),
          number(figures.stored_times.median),
        ];
      }),
    ),
    "",
    `## The thread, ${number(TURNS_BOOK)} contacts`,
    "",
    "Milliseconds in which nobody else could go on: of the processor's time where that is less than",
    "the clock's. Turns: those of at least half a millisecond.",
    "",
    formatTable(
      ["", "", "longest", "of all rounds", "by the clock", "turns", "over 8 ms", "≤ 8 ms"],
      turns.map((of) => [
        KIND_NAMES[of.kind],
        SUBJECT_NAMES[of.subject],
        formatSpread(of.longest_ms, 1),
        of.longest_of_all_ms.toFixed(1),
        formatSpread(of.longest_by_clock_ms, 1),
        of.turns.median.toFixed(0),
        `${(of.share_over * 100).toFixed(1)} %`,
        RESULTS[judge(of.longest_ms, LONGEST_TURN_MS)],
      ]),
    ),
  ].join("\n");
}

/** @param {Spread} ratio */
function formatRatio(ratio) {
  return `${formatSpread(ratio)}${judge(ratio, 1) === "no conclusion" ? " ?" : ""}`;
}

/** @param {number} count */
const number = (count) => count.toLocaleString("en");
