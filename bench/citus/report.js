/**
 * @import { Ratio } from "../lib/compare.js"
 * @import { KINDS, LOADS, SUBJECTS } from "./cases.js"
 * @import { LinkRound, MeasuredLinks } from "./measure-links.js"
 *
 * @typedef {object} SyncSample of one turn; figures are those of a call
 * @property {number} contacts
 * @property {number} clients
 * @property {(typeof KINDS)[number]} kind
 * @property {(typeof SUBJECTS)[number]} subject
 * @property {number} ms of the clock, shared by all clients
 * @property {number | null} cpuMs of the coordinator's backend, where there is one client
 */
import { required } from "../lib/required.js";
import { spreadOf, spreadOrNull } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";

/**
 * @param {readonly SyncSample[]} samples in the order of the rounds
 */
export function summarizeSyncs(samples) {
  /** @type {Map<string, SyncSample[]>} */
  const cases = new Map();
  for (const sample of samples) {
    const name = nameOf(sample, sample.subject.name);
    cases.set(name, [...(cases.get(name) ?? []), sample]);
  }
  return [...cases.values()].map((rounds) => {
    const of = required(rounds[0], "round");
    const { subject, contacts, clients, kind } = of;
    const beside =
      subject.beside && required(cases.get(nameOf(of, subject.beside)), subject.beside);
    const times = beside?.map((one, round) => required(rounds[round], "round").ms / one.ms);
    return {
      what: /** @type {const} */ ("sync"),
      subject: subject.name,
      contacts,
      clients,
      kind,
      rounds: rounds.length,
      ms: spreadOf(rounds.map(({ ms }) => ms)),
      coordinator_cpu_ms: spreadOrNull(rounds.map(({ cpuMs }) => cpuMs)),
      /** @type {ReturnType<typeof spreadOf> | undefined} */
      times_plain: times && spreadOf(times),
    };
  });
}

/**
 * @param {Pick<SyncSample, "contacts" | "clients" | "kind">} of
 * @param {string} subject
 */
const nameOf = ({ contacts, clients, kind }, subject) => [contacts, clients, kind, subject].join();

/** @param {readonly MeasuredLinks[]} measured */
export function summarizeLinks(measured) {
  return measured.flatMap(({ of: { name, label, books, numbers }, rounds }) =>
    /** @type {const} */ (["link", "unlink"]).map((action) => {
      const over = (/** @type {(round: LinkRound) => number} */ figure) =>
        spreadOf(rounds.map(figure));
      return {
        what: /** @type {const} */ ("link"),
        name,
        label,
        action,
        books,
        numbers,
        rounds: rounds.length,
        ms: over(({ cluster }) => cluster[action]),
        plain_ms: over(({ plain }) => plain[action]),
        times_plain: over(({ cluster, plain }) => cluster[action] / plain[action]),
        numbers_per_second: over(({ cluster }) => (numbers / cluster[action]) * 1_000),
        contacts_per_second: over(({ cluster }) => ((books * numbers) / cluster[action]) * 1_000),
      };
    }),
  );
}

/**
 * @typedef {ReturnType<typeof summarizeSyncs>[number]} SyncCase
 * @typedef {ReturnType<typeof summarizeLinks>[number]} LinkCase
 * @typedef {{ subject: string, call: string, contacts: number, commands: number }} CommandCase
 */

/**
 * @param {{ syncs: readonly SyncCase[], links: readonly LinkCase[] }} cases
 * @returns {Ratio[]}
 */
export function citusRatios({ syncs, links }) {
  return [
    ...syncs.flatMap(({ subject, contacts, clients, kind, times_plain: value }) =>
      value === undefined
        ? []
        : {
            id: `citus/sync/${contacts}/${kind}/${clients}/${subject}`,
            label: `${kind} sync of ${contacts}, ${clients} at a time, ${subject}, in times plain PostgreSQL`,
            value,
            better: /** @type {const} */ ("lower"),
          },
    ),
    ...links.map(({ name, label, action, times_plain: value }) => ({
      id: `citus/link/${name}/${action}`,
      label: `${action}: ${label}, in times plain PostgreSQL`,
      value,
      better: /** @type {const} */ ("lower"),
    })),
  ];
}

/**
 * @param {{ syncs: readonly SyncCase[], links: readonly LinkCase[], commands: readonly CommandCase[] }} cases
 */
export function citusTable({ syncs, links, commands }) {
  const spread = syncs.filter(({ times_plain: times }) => times !== undefined);
  const rows = spread.filter(({ subject }) => subject === "delegated");
  const like = (/** @type {readonly SyncCase[]} */ among, /** @type {SyncCase} */ of) =>
    required(
      among.find((one) => nameOf(one, "") === nameOf(of, "")),
      `case like ${nameOf(of, "")}`,
    );
  const undelegated = spread.filter(({ subject }) => subject === "undelegated");
  const plain = syncs.filter(({ subject }) => subject === "plain");
  const times = (/** @type {SyncCase} */ of) => formatSpread(required(of.times_plain, "ratio"));
  return [
    "## On a Citus cluster",
    "",
    "In times the same call on the coordinator without Citus: ms of the clock a call, all clients",
    "together. Undelegated: in a transaction block of the caller's, on both. CPU: of the",
    "connection's backend, on the coordinator.",
    "",
    formatTable(
      ["", "delegated", "undelegated", "ms", "plain ms", "coordinator CPU ms", "plain CPU ms"],
      rows.map((of) => [
        `${of.kind}, ${of.contacts.toLocaleString("en")}, ${of.clients} at a time`,
        times(of),
        times(like(undelegated, of)),
        of.ms.median.toFixed(1),
        like(plain, of).ms.median.toFixed(1),
        of.coordinator_cpu_ms?.median.toFixed(2) ?? "",
        like(plain, of).coordinator_cpu_ms?.median.toFixed(2) ?? "",
      ]),
    ),
    "",
    "Links, until every book says so.",
    "",
    formatTable(
      ["", "× plain", "ms", "plain ms", "numbers/s", "contacts/s"],
      links.map((of) => [
        `${of.action} ${of.label}`,
        formatSpread(of.times_plain),
        of.ms.median.toFixed(0),
        of.plain_ms.median.toFixed(0),
        of.numbers_per_second.median.toFixed(0),
        of.contacts_per_second.median.toFixed(0),
      ]),
    ),
    "",
    "Statements that the coordinator sends to workers for a call.",
    "",
    formatTable(
      ["", "contacts", "commands"],
      commands.map(({ subject, call, contacts, commands: count }) => [
        `${call}, ${subject}`,
        contacts.toLocaleString("en"),
        String(count),
      ]),
    ),
  ].join("\n");
}
