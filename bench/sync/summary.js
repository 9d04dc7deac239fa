import { spreadOf } from "../lib/statistics.js";
import { REFERENCE } from "./subjects/all.js";

const COSTS = {
  wal_bytes: "walBytes",
  dead_tuples: "deadTuples",
  blocks_hit: "blocksHit",
  blocks_read: "blocksRead",
  server_cpu_ms: "serverCpuMs",
  client_cpu_ms: "clientCpuMs",
};

/**
 * @typedef {import("../lib/compare.js").Spread} Spread
 *
 * @typedef {object} Case what one subject took for one kind of sync, over the rounds
 * @property {string} tables
 * @property {number} contacts
 * @property {"first" | "unchanged" | "changed"} kind
 * @property {string} subject
 * @property {number} rounds that it took part in
 * @property {Spread} ms
 * @property {Spread} times_contact_sync in times contact-sync-sql in the same round
 * @property {Spread | null} server_cpu_ms null where the server runs on another machine
 * @property {Spread} client_cpu_ms
 * @property {Spread} wal_bytes
 * @property {Spread} dead_tuples
 * @property {Spread} blocks_hit
 * @property {Spread} blocks_read
 */

/**
 * @param {readonly import("./measure-sync.js").Sample[]} samples
 * @returns {Case[]} in the order in which they were measured first
 */
export function summarize(samples) {
  const groups = new Map();
  for (const sample of samples) {
    const group = groups.get(caseOf(sample));
    if (group === undefined) groups.set(caseOf(sample), [sample]);
    else group.push(sample);
  }
  return [...groups.values()].map((group) => {
    const [{ tables, contacts, kind, subject }] = group;
    const reference = groups.get(caseOf({ ...group[0], subject: REFERENCE.name }));
    const over = (figure) => spreadOf(group.map(({ counted }) => counted[figure]));
    return {
      tables,
      contacts,
      kind,
      subject,
      rounds: group.length,
      ms: over("ms"),
      times_contact_sync: spreadOf(timesOf(group, reference)),
      ...Object.fromEntries(
        Object.entries(COSTS).map(([name, figure]) => [
          name,
          group[0].counted[figure] === null ? null : over(figure),
        ]),
      ),
    };
  });
}

/**
 * How many times as long the ones took as the others, round by round.
 *
 * @param {readonly import("./measure-sync.js").Sample[]} ones
 * @param {readonly import("./measure-sync.js").Sample[]} others
 * @returns {number[]} one for each round that has both
 */
export function timesOf(ones, others) {
  const msOf = new Map(others.map(({ round, counted }) => [round, counted.ms]));
  return ones
    .filter(({ round }) => msOf.has(round))
    .map(({ round, counted }) => counted.ms / msOf.get(round));
}

const caseOf = ({ tables, contacts, kind, subject }) => [tables, contacts, kind, subject].join("/");
