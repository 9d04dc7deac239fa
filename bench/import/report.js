/**
 * @import { Ratio } from "../lib/compare.js"
 * @import { Cost } from "../lib/counters.js"
 * @import { Form } from "./cases.js"
 * @import { Imported } from "./import-process.js"
 * @import { Storage } from "./storage.js"
 */
import { required } from "../lib/required.js";
import { judge, spreadOf, spreadOrNull } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { LEAST_SPEED_OF_COPY, MOST_MEMORY_MB } from "./cases.js";

/**
 * What a round measured: the imports, and a COPY in key order and in the file's.
 *
 * @typedef {Record<Form, Imported> & Record<"copy" | "copyAsItComes", Cost>} Round
 *
 * @typedef {ReturnType<typeof summarize>} Summary
 */

/**
 * The import of one form over all rounds; ratios are taken within each.
 *
 * @param {Form} form
 * @param {number} contacts
 * @param {readonly Round[]} rounds
 */
export function summarize(form, contacts, rounds) {
  const over = (/** @type {(round: Round) => number} */ figure) => spreadOf(rounds.map(figure));
  const costOf = (/** @type {keyof Round} */ name) => ({
    seconds: over((round) => round[name].ms / 1_000),
    client_cpu_seconds: over((round) => round[name].clientCpuMs / 1_000),
    server_cpu_seconds: spreadOrNull(rounds.map((round) => seconds(round[name].serverCpuMs))),
    wal_bytes_per_contact: over((round) => round[name].walBytes / contacts),
  });
  return {
    form,
    contacts,
    rounds: rounds.length,
    speed_of_copy: over((round) => round.copy.ms / round[form].ms),
    speed_of_copy_as_it_comes: over((round) => round.copyAsItComes.ms / round[form].ms),
    first_progress_share: over((round) => round[form].firstProgressMs / round[form].ms),
    peak_memory_mb: over((round) => round[form].peakMemoryMb),
    contacts_per_second: over((round) => (contacts / round[form].ms) * 1_000),
    ...costOf(form),
    copy: costOf("copy"),
    copy_as_it_comes: costOf("copyAsItComes"),
  };
}

/** @param {number | null} ms */
const seconds = (ms) => (ms === null ? null : ms / 1_000);

/**
 * @param {readonly Summary[]} cases
 * @returns {Ratio[]}
 */
export function importRatios(cases) {
  return cases.flatMap((of) => {
    const name = `import/${of.contacts}/${of.form}`;
    const share = (/** @type {number} */ value) => value / MOST_MEMORY_MB;
    const { median, low, high } = of.peak_memory_mb;
    return [
      {
        id: `${name}/copy`,
        label: `import of ${of.form}: speed, in times a binary COPY's, in key order`,
        value: of.speed_of_copy,
        better: "higher",
        mark: LEAST_SPEED_OF_COPY,
      },
      {
        id: `${name}/copy-as-it-comes`,
        label: `import of ${of.form}: speed, in times a binary COPY's, in the file's order`,
        value: of.speed_of_copy_as_it_comes,
        better: "higher",
        mark: LEAST_SPEED_OF_COPY,
      },
      {
        id: `${name}/memory`,
        label: `import of ${of.form}: the process's memory, in times ${MOST_MEMORY_MB} MB`,
        value: { median: share(median), low: share(low), high: share(high) },
        better: "lower",
        mark: 1,
      },
      {
        id: `${name}/first-progress`,
        label: `import of ${of.form}: time to the first progress, as a share of the whole`,
        value: of.first_progress_share,
        better: "lower",
      },
    ];
  });
}

/**
 * @param {readonly Summary[]} cases
 * @param {readonly Storage[]} storage
 */
export function importTable(cases, storage) {
  const { contacts, copy, copy_as_it_comes: asItComes } = required(cases[0], "case");
  const copies = { "COPY, in key order": copy, "COPY, in the file's order": asItComes };
  const row = (
    /** @type {string} */ name,
    /** @type {Summary["copy"]} */ of,
    /** @type {number} */ perSecond,
  ) => [
    name,
    formatSpread(of.seconds),
    perSecond.toFixed(0),
    of.client_cpu_seconds.median.toFixed(2),
    of.server_cpu_seconds?.median.toFixed(2) ?? "?",
    of.wal_bytes_per_contact.median.toFixed(0),
  ];
  return [
    `## Streamed import of ${contacts.toLocaleString("en")} contacts of one owner`,
    "",
    "From a file, through the library, in a process of its own. COPY: the same rows, already",
    "de-duplicated and matched, from memory; in key order, and in the file's, which is no order.",
    "",
    formatTable(
      ["", "mark", ...Object.keys(copies).flatMap((name) => [`speed in × ${name}`, "result"])],
      cases.map((of) => [
        of.form,
        `≥ ${LEAST_SPEED_OF_COPY}`,
        ...[of.speed_of_copy, of.speed_of_copy_as_it_comes].flatMap((speed) => [
          formatSpread(speed),
          SPEED_RESULTS[judge(speed, LEAST_SPEED_OF_COPY)],
        ]),
      ]),
    ),
    "",
    formatTable(
      ["", "mark", "peak MB", "result", "first progress"],
      cases.map((of) => [
        of.form,
        `< ${MOST_MEMORY_MB}`,
        formatSpread(of.peak_memory_mb, 0),
        MEMORY_RESULTS[judge(of.peak_memory_mb, MOST_MEMORY_MB)],
        `${(of.first_progress_share.median * 100).toFixed(1)} %`,
      ]),
    ),
    "",
    formatTable(
      ["", "seconds", "contacts/s", "client CPU s", "server CPU s", "WAL a contact"],
      [
        ...cases.map((of) => row(of.form, of, of.contacts_per_second.median)),
        ...Object.entries(copies).map(([name, of]) => row(name, of, contacts / of.seconds.median)),
      ],
    ),
    "",
    "## On disk",
    "",
    "Bytes a row. `packed`: after VACUUM FULL, which also builds the indexes anew.",
    "",
    formatTable(["", "rows", "heap", "indexes", "bytes"], storage.flatMap(storageRows)),
  ].join("\n");
}

const SPEED_RESULTS = { below: "missed", above: "reached", "no conclusion": "no conclusion" };
const MEMORY_RESULTS = { below: "reached", above: "missed", "no conclusion": "no conclusion" };

/** @param {Storage} storage */
function storageRows({ state, tables }) {
  return Object.entries(tables).map(([table, { rows, heap, indexes, total }]) => [
    `${table}: ${state}`,
    rows.toLocaleString("en"),
    heap.toFixed(1),
    Object.entries(indexes)
      .map(([name, bytes]) => `${name.replace(`${table}_`, "")} ${bytes.toFixed(1)}`)
      .join(", "),
    total.toFixed(1),
  ]);
}
