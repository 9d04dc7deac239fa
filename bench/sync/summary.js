/**
 * @import { Cost } from "../lib/counters.js"
 * @import { Spread } from "../lib/statistics.js"
 * @import { Kind } from "./cases.js"
 * @import { Sample } from "./measure-sync.js"
 */
import { spreadOf, spreadOrNull } from "../lib/statistics.js";
import { REFERENCE } from "./subjects/all.js";

/**
 * @typedef {object} Case what one subject took for one kind of sync, over the rounds
 * @property {string} tables
 * @property {number} contacts
 * @property {Kind} kind
 * @property {string} subject
 * @property {number} rounds that it took part in
 * @property {Spread} ms
 * @property {Spread} times_contact_sync in times contact-sync-sql in the same round
 * @property {Spread} wal_bytes
 * @property {Spread} dead_tuples
 * @property {Spread} blocks_hit
 * @property {Spread} blocks_read
 * @property {Spread | null} server_cpu_ms null where the server runs on another machine
 * @property {Spread} client_cpu_ms
 */

/**
 * @param {readonly Sample[]} samples
 * @returns {Case[]} in the order in which they were measured first
 */
export function summarize(samples) {
  /** @type {Map<string, [Sample, ...Sample[]]>} */
  const groups = new Map();
  for (const sample of samples) {
    const group = groups.get(caseOf(sample));
    if (group === undefined) groups.set(caseOf(sample), [sample]);
    else group.push(sample);
  }
  return [...groups.values()].map((group) => {
    const [{ tables, contacts, kind, subject }] = group;
    const reference = groups.get(caseOf({ ...group[0], subject: REFERENCE.name })) ?? [];
    const over = (/** @type {Exclude<keyof Cost, "serverCpuMs">} */ figure) =>
      spreadOf(group.map(({ counted }) => counted[figure]));
    return {
      tables,
      contacts,
      kind,
      subject,
      rounds: group.length,
      ms: over("ms"),
      times_contact_sync: spreadOf(timesOf(group, reference)),
      wal_bytes: over("walBytes"),
      dead_tuples: over("deadTuples"),
      blocks_hit: over("blocksHit"),
      blocks_read: over("blocksRead"),
      server_cpu_ms: spreadOrNull(group.map(({ counted }) => counted.serverCpuMs)),
      client_cpu_ms: over("clientCpuMs"),
    };
  });
}

/**
 * How many times as long the ones took as the others, round by round.
 *
 * @param {readonly Sample[]} ones
 * @param {readonly Sample[]} others
 * @returns {number[]} one for each round that has both
 */
export function timesOf(ones, others) {
  const msOf = new Map(others.map(({ round, counted }) => [round, counted.ms]));
  return ones.flatMap(({ round, counted }) => {
    const ms = msOf.get(round);
    return ms === undefined ? [] : [counted.ms / ms];
  });
}

/** @param {Pick<Sample, "tables" | "contacts" | "kind" | "subject">} sample */
const caseOf = ({ tables, contacts, kind, subject }) => [tables, contacts, kind, subject].join("/");
