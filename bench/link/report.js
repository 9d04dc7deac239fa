/**
 * @import { Ratio } from "../lib/compare.js"
 * @import { Cost } from "../lib/counters.js"
 * @import { Case } from "./cases.js"
 * @import { Subject } from "./subjects.js"
 */
import { required } from "../lib/required.js";
import { spreadOf, spreadOrNull } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";

export const ACTIONS = /** @type {const} */ (["link", "unlink"]);

/**
 * @typedef {(typeof ACTIONS)[number]} Action
 *
 * @typedef {Cost & { contacts: number, updates: number, hotUpdates: number }} Changed `updates`: of contacts
 *
 * @typedef {Record<Action, Changed>} Actions
 *
 * @typedef {Record<Subject["name"], Actions>} Round
 */

/**
 * A case over all its rounds; ratios are taken within each. Round 0 stands by itself: it is the
 * first change that the pages see.
 *
 * @param {Case} of
 * @param {readonly Round[]} measured
 */
export function summarize({ name, label, books, numbers }, [fresh, ...rounds]) {
  const actions = ACTIONS.map((action) => {
    const costOf = (/** @type {keyof Round} */ subject) => {
      const changes = rounds.map((round) => round[subject][action]);
      const over = (/** @type {(changed: Changed) => number} */ figure) =>
        spreadOf(changes.map(figure));
      return {
        ms: over(({ ms }) => ms),
        contacts_per_second: over(({ contacts, ms }) => (contacts / ms) * 1_000),
        wal_bytes_per_contact: over(walPerContact),
        dead_tuples_per_contact: over(({ deadTuples, contacts }) => deadTuples / contacts),
        hot_share: over(hotShare),
        server_cpu_ms: spreadOrNull(changes.map(({ serverCpuMs }) => serverCpuMs)),
        client_cpu_ms: over(({ clientCpuMs }) => clientCpuMs),
      };
    };
    return {
      action,
      times_update: spreadOf(
        rounds.map((round) => round["contact-sync"][action].ms / round.update[action].ms),
      ),
      contact_sync: costOf("contact-sync"),
      update: costOf("update"),
    };
  });
  const first = required(fresh, "round that warms up")["contact-sync"].link;
  return {
    name,
    label,
    books,
    numbers,
    rounds: rounds.length,
    actions,
    // Of contact-sync's first link, the only one that met full pages.
    fresh: {
      ms: first.ms,
      wal_bytes_per_contact: walPerContact(first),
      hot_share: hotShare(first),
    },
  };
}

/**
 * @param {readonly ReturnType<typeof summarize>[]} cases
 * @returns {Ratio[]}
 */
export function linkRatios(cases) {
  return cases.flatMap(({ name, label, actions }) =>
    actions.map(({ action, times_update: value }) => ({
      id: `link/${name}/${action}/update`,
      label: `${action}: ${label}, in times a bare UPDATE`,
      value,
      better: "lower",
    })),
  );
}

/** @param {readonly ReturnType<typeof summarize>[]} cases */
export function linkTable(cases) {
  const rows = cases.flatMap((of) => of.actions.map((action) => ({ of, action })));
  return [
    "## Linking a number",
    "",
    "Directory and stored links, until the linker has finished, in times one bare UPDATE of the same",
    "contacts, which neither locks an owner nor keeps the directory.",
    "",
    formatTable(
      ["", "× bare UPDATE", "ms", "bare ms", "contacts/s"],
      rows.map(({ of, action }) => [
        `${action.action} ${of.label}`,
        formatSpread(action.times_update),
        action.contact_sync.ms.median.toFixed(1),
        action.update.ms.median.toFixed(1),
        action.contact_sync.contacts_per_second.median.toFixed(0),
      ]),
    ),
    "",
    "A contact: bytes of WAL, dead row versions in all tables, and how many updates of contacts were",
    "HOT (no index touched). `full pages`: the first link after the books were filled.",
    "",
    formatTable(
      ["", "WAL", "bare WAL", "dead", "bare dead", "HOT", "bare HOT", "WAL, full pages", "HOT"],
      rows.map(({ of, action: { action, contact_sync: ours, update } }) => [
        `${action} ${of.label}`,
        ours.wal_bytes_per_contact.median.toFixed(0),
        update.wal_bytes_per_contact.median.toFixed(0),
        ours.dead_tuples_per_contact.median.toFixed(2),
        update.dead_tuples_per_contact.median.toFixed(2),
        formatPercent(ours.hot_share.median),
        formatPercent(update.hot_share.median),
        ...(action === "link"
          ? [of.fresh.wal_bytes_per_contact.toFixed(0), formatPercent(of.fresh.hot_share)]
          : ["", ""]),
      ]),
    ),
  ].join("\n");
}

/** @param {Changed} changed */
const walPerContact = ({ walBytes, contacts }) => walBytes / contacts;
/** @param {Changed} changed */
const hotShare = ({ hotUpdates, updates }) => hotUpdates / updates;
/** @param {number} share */
const formatPercent = (share) => `${(share * 100).toFixed(0)} %`;
