/**
 * @import { Better, Ratio } from "../lib/compare.js"
 * @import { Cost } from "../lib/counters.js"
 * @import { Spread } from "../lib/statistics.js"
 * @import { Kind } from "./cases.js"
 */
import { required } from "../lib/required.js";
import { judge, spreadOf, spreadOrNull } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { KINDS } from "./cases.js";
import { REFERENCE, SUBJECTS } from "./subjects.js";

/**
 * @typedef {object} Sample one bulk insert
 * @property {number} round
 * @property {number} contacts
 * @property {number} owners
 * @property {string} subject
 * @property {Kind} kind
 * @property {Cost} counted
 *
 * @typedef {object} Case what one subject took for one kind of bulk insert, over the rounds
 * @property {number} contacts
 * @property {number} owners
 * @property {Kind} kind
 * @property {string} subject
 * @property {number} rounds
 * @property {Spread} times_contact_sync in times contact-sync-sql in the same round
 * @property {Spread} ms
 * @property {Spread} wal_bytes
 * @property {Spread} dead_tuples
 * @property {Spread | null} server_cpu_ms null where it was not counted
 * @property {Spread} client_cpu_ms
 */

/**
 * Every subject in every case over the rounds; in times contact-sync-sql in the same round.
 *
 * @param {readonly Sample[]} samples
 * @returns {Case[]}
 */
export function summarize(samples) {
  /**
   * @param {number} owners
   * @param {Kind} kind
   * @param {string} subject
   */
  const group = (owners, kind, subject) =>
    samples.filter(
      (sample) => sample.owners === owners && sample.kind === kind && sample.subject === subject,
    );
  return spreadsOf(samples).flatMap((owners) =>
    KINDS.flatMap((kind) => {
      const ours = new Map(
        group(owners, kind, REFERENCE.name).map(({ round, counted }) => [round, counted.ms]),
      );
      return SUBJECTS.flatMap(({ name }) => {
        const own = group(owners, kind, name);
        const [first] = own;
        if (first === undefined) return [];
        const over = (/** @type {(counted: Cost) => number} */ figure) =>
          spreadOf(own.map(({ counted }) => figure(counted)));
        return [
          {
            contacts: first.contacts,
            owners,
            kind,
            subject: name,
            rounds: own.length,
            times_contact_sync: spreadOf(
              own.map(({ round, counted }) => counted.ms / required(ours.get(round), "round")),
            ),
            ms: over(({ ms }) => ms),
            wal_bytes: over(({ walBytes }) => walBytes),
            dead_tuples: over(({ deadTuples }) => deadTuples),
            server_cpu_ms: spreadOrNull(own.map(({ counted }) => counted.serverCpuMs)),
            client_cpu_ms: over(({ clientCpuMs }) => clientCpuMs),
          },
        ];
      });
    }),
  );
}

/** @param {readonly { owners: number }[]} measured */
const spreadsOf = (measured) => [...new Set(measured.map(({ owners }) => owners))];

/**
 * @param {readonly Case[]} cases
 * @returns {Ratio[]}
 */
export function bulkRatios(cases) {
  return cases
    .filter(({ subject }) => subject !== REFERENCE.name)
    .map(({ contacts, owners, kind, subject, times_contact_sync: times }) => {
      const id = `bulk/${contacts}/${owners}/${kind}/${subject}`;
      const of = `bulk insert of ${contacts.toLocaleString("en")} contacts, ${owners.toLocaleString("en")} owners, ${kind}`;
      if (subject === "copy") {
        /** @type {Better} */
        const better = "lower";
        // As in the part sync: ours in times the limit.
        const value = { median: 1 / times.median, low: 1 / times.high, high: 1 / times.low };
        return { id, label: `${of}: ${REFERENCE.name} ÷ copy`, value, better };
      }
      /** @type {Better} */
      const better = subject === "contact-sync" ? "lower" : "higher";
      return { id, label: `${of}: ${subject} ÷ ${REFERENCE.name}`, value: times, better };
    });
}

/** @param {readonly Case[]} cases */
export function bulkTable(cases) {
  /**
   * @param {number} owners
   * @param {Kind} kind
   * @param {string} subject
   */
  const find = (owners, kind, subject) =>
    cases.find((of) => of.owners === owners && of.kind === kind && of.subject === subject);
  const columns = spreadsOf(cases).flatMap((owners) => KINDS.map((kind) => ({ owners, kind })));
  const heads = columns.map(({ owners, kind }) => `${owners.toLocaleString("en")}, ${kind}`);
  const table = (/** @type {(of: Case) => string} */ format) =>
    formatTable(
      ["owners", ...heads],
      SUBJECTS.map(({ name }) => [
        name,
        ...columns.map(({ owners, kind }) => {
          const of = find(owners, kind, name);
          return of === undefined ? "–" : format(of);
        }),
      ]),
    );
  const { contacts } = required(cases[0], "case");
  return [
    `## Bulk inserts of ${contacts.toLocaleString("en")} contacts, in times ${REFERENCE.name}`,
    "",
    "Above 1 is slower. Median of the rounds, with the 10th and 90th percentile. `?`: the rounds are",
    "further apart than the median is from 1, and nothing is concluded.",
    "",
    table(({ subject, times_contact_sync: times }) =>
      subject === REFERENCE.name
        ? "1"
        : `${formatSpread(times)}${judge(times, 1) === "no conclusion" ? " ?" : ""}`,
    ),
    "",
    "Milliseconds, and kilobytes of WAL, just now:",
    "",
    table(
      ({ ms, wal_bytes: wal }) => `${ms.median.toFixed(0)}, ${(wal.median / 1_024).toFixed(0)}`,
    ),
  ].join("\n");
}
