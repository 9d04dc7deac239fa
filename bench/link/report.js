import { spreadOf } from "../lib/statistics.js";
import { formatSpread, formatTable } from "../lib/table.js";

const ACTIONS = /** @type {const} */ (["link", "unlink"]);

/**
 * A case over all its rounds; ratios are taken within each. Round 0 stands by itself: it is the
 * first change that the pages see.
 *
 * @param {import("./cases.js").Case} of
 * @param {readonly object[]} rounds what each measured, by subject and action
 */
export function summarize({ name, label, books, numbers }, [fresh, ...rounds]) {
  const actions = ACTIONS.map((action) => {
    const over = (figure) => spreadOf(rounds.map((round) => figure(round, action)));
    const costOf = (subject) => ({
      ms: over((round) => round[subject][action].ms),
      contacts_per_second: over(
        (round) => (round[subject][action].contacts / round[subject][action].ms) * 1_000,
      ),
      wal_bytes_per_contact: over((round) => walPerContact(round[subject][action])),
      dead_tuples_per_contact: over(
        (round) => round[subject][action].deadTuples / round[subject][action].contacts,
      ),
      hot_share: over((round) => hotShare(round[subject][action])),
      server_cpu_ms: spreadOrNull(rounds.map((round) => round[subject][action].serverCpuMs)),
      client_cpu_ms: over((round) => round[subject][action].clientCpuMs),
    });
    return {
      action,
      times_update: over((round) => round["contact-sync"][action].ms / round.update[action].ms),
      contact_sync: costOf("contact-sync"),
      update: costOf("update"),
    };
  });
  const first = fresh["contact-sync"].link;
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

/** @param {readonly ReturnType<typeof summarize>[]} cases */
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

const walPerContact = ({ walBytes, contacts }) => walBytes / contacts;
const hotShare = ({ hotUpdates, updates }) => hotUpdates / updates;
const formatPercent = (share) => `${(share * 100).toFixed(0)} %`;
const spreadOrNull = (values) => (values.includes(null) ? null : spreadOf(values));
