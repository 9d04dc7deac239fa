import { judge, spreadOf } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";
import { KINDS } from "./cases.js";
import { REFERENCE, SUBJECTS } from "./subjects.js";

const COSTS = {
  ms: "ms",
  wal_bytes: "walBytes",
  dead_tuples: "deadTuples",
  server_cpu_ms: "serverCpuMs",
  client_cpu_ms: "clientCpuMs",
};

/**
 * Every subject in every case over the rounds; in times contact-sync-sql in the same round.
 *
 * @param {readonly object[]} samples one bulk insert each: `round`, `contacts`, `owners`, `subject`, `kind`, `counted`
 */
export function summarize(samples) {
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
        if (own.length === 0) return [];
        const costs = Object.entries(COSTS).map(([figure, counter]) => {
          const values = own.map(({ counted }) => counted[counter]);
          return [figure, values.includes(null) ? null : spreadOf(values)];
        });
        const times = own.map(({ round, counted }) => counted.ms / ours.get(round));
        return [
          {
            contacts: own[0].contacts,
            owners,
            kind,
            subject: name,
            rounds: own.length,
            times_contact_sync: spreadOf(times),
            ...Object.fromEntries(costs),
          },
        ];
      });
    }),
  );
}

const spreadsOf = (measured) => [...new Set(measured.map(({ owners }) => owners))];

/** @param {ReturnType<typeof summarize>} cases */
export function bulkRatios(cases) {
  return cases
    .filter(({ subject }) => subject !== REFERENCE.name)
    .map(({ contacts, owners, kind, subject, times_contact_sync: times }) => {
      const id = `bulk/${contacts}/${owners}/${kind}/${subject}`;
      const of = `bulk insert of ${contacts.toLocaleString("en")} contacts, ${owners.toLocaleString("en")} owners, ${kind}`;
      if (subject === "copy") {
        // As in the part sync: ours in times the limit.
        const value = { median: 1 / times.median, low: 1 / times.high, high: 1 / times.low };
        return { id, label: `${of}: ${REFERENCE.name} ÷ copy`, value, better: "lower" };
      }
      const better = subject === "contact-sync" ? "lower" : "higher";
      return { id, label: `${of}: ${subject} ÷ ${REFERENCE.name}`, value: times, better };
    });
}

/** @param {ReturnType<typeof summarize>} cases */
export function bulkTable(cases) {
  const find = (owners, kind, subject) =>
    cases.find((of) => of.owners === owners && of.kind === kind && of.subject === subject);
  const columns = spreadsOf(cases).flatMap((owners) => KINDS.map((kind) => ({ owners, kind })));
  const head = ({ owners, kind }) => `${owners.toLocaleString("en")}, ${kind}`;
  const table = (format) =>
    formatTable(
      ["owners", ...columns.map(head)],
      SUBJECTS.map(({ name }) => [
        name,
        ...columns.map(({ owners, kind }) => {
          const of = find(owners, kind, name);
          return of === undefined ? "–" : format(of);
        }),
      ]),
    );
  return [
    `## Bulk inserts of ${cases[0].contacts.toLocaleString("en")} contacts, in times ${REFERENCE.name}`,
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
