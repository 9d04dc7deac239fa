/** @import { capacityOf, Constants, Middle } from "./capacity.js" */
import { required } from "../lib/required.js";
import { CONTACTS_A_USER } from "./capacity.js";

/** Of a user's contacts, those with an account. So a number is in as many books, in the middle. */
const REGISTERED = 0.3;
const SECONDS_A_DAY = 86_400;
const CLIENTS = 16;

/**
 * What was measured on a cluster, in times the same on one server in the same run, as the machine
 * was a busy one.
 *
 * @typedef {object} ClusterConstants of delegated calls for a book of 300
 * @property {Record<Kind, number>} coordinator its CPU, in times one server's
 * @property {Record<Kind, number>} worker the owner's node's
 * @property {number} link time until a number is linked in very many books
 * @property {number} numbers time to enter many numbers in the directory, in one call
 *
 * @typedef {"first" | "unchanged"} Kind
 *
 * @typedef {object} CitusCase what is read of a case of docs/benchmarks/citus.*.json
 * @property {string} what
 * @property {string} [subject]
 * @property {string} [kind]
 * @property {string} [name]
 * @property {string} [action]
 * @property {number} [contacts]
 * @property {number} [clients]
 * @property {Middle | null} [coordinator_cpu_ms]
 * @property {Middle | undefined} [times_plain]
 */

/**
 * With many clients at a time all nodes share the processors of one machine, so that times are those
 * of all their work together.
 *
 * @param {readonly CitusCase[]} cases
 * @returns {ClusterConstants}
 */
export function clusterConstantsOf(cases) {
  const sync = (
    /** @type {string} */ subject,
    /** @type {Kind} */ kind,
    /** @type {number} */ at,
  ) =>
    required(
      cases.find(
        (of) =>
          of.what === "sync" &&
          of.subject === subject &&
          of.kind === kind &&
          of.contacts === CONTACTS_A_USER &&
          of.clients === at,
      ),
      `${kind} sync, ${subject}`,
    );
  const cpuMs = (/** @type {string} */ subject, /** @type {Kind} */ kind) =>
    required(sync(subject, kind, 1).coordinator_cpu_ms, `CPU of a ${kind} sync`).median;
  const coordinatorOf = (/** @type {Kind} */ kind) =>
    cpuMs("delegated", kind) / cpuMs("plain", kind);
  const workerOf = (/** @type {Kind} */ kind) =>
    required(sync("delegated", kind, CLIENTS).times_plain, "ratio").median - coordinatorOf(kind);
  const link = (/** @type {string} */ name) =>
    required(
      cases.find((of) => of.what === "link" && of.action === "link" && of.name === name)
        ?.times_plain,
      `link ${name}`,
    ).median;
  return {
    coordinator: { first: coordinatorOf("first"), unchanged: coordinatorOf("unchanged") },
    worker: { first: workerOf("first"), unchanged: workerOf("unchanged") },
    link: link("everybody"),
    numbers: link("nobody"),
  };
}

/**
 * What each node has, with the owners' rows shared among the workers and the directory on all.
 *
 * @param {Constants} constants of one server
 * @param {ReturnType<typeof capacityOf>} capacity by one server
 * @param {number} workers
 */
export function nodesOf(constants, { users, contacts, gigabytes }, workers) {
  const { directory, ...owners } = gigabytes;
  const ownersOnAWorker = Object.values(owners).reduce((sum, one) => sum + one, 0) / workers;
  return {
    workers,
    ownersOnAWorker,
    directory,
    aWorker: ownersOnAWorker + directory,
    inAll: (ownersOnAWorker + directory) * workers + directory,
    randomlyTouched:
      ((contacts / workers) * constants.phoneKeyIndex + users * constants.directoryIndex) / 1e9,
  };
}

/**
 * What a core of the coordinator and one of a worker do a second, and what the one linker does in a
 * day however many workers there are.
 *
 * @param {Constants} constants of one server
 * @param {ClusterConstants} cluster
 * @param {number} linkedContactsPerSecond by one server's linker, of a number in very many books
 */
export function ratesOf({ firstCpuMs, unchangedCpuMs }, cluster, linkedContactsPerSecond) {
  const { coordinator, worker, link } = cluster;
  const linked = linkedContactsPerSecond / link;
  return {
    coordinator: {
      first: 1_000 / (firstCpuMs * coordinator.first),
      unchanged: 1_000 / (unchangedCpuMs * coordinator.unchanged),
    },
    worker: {
      first: 1_000 / (firstCpuMs * worker.first),
      unchanged: 1_000 / (unchangedCpuMs * worker.unchanged),
    },
    linkedContactsPerSecond: linked,
    joinersADay: (linked / (CONTACTS_A_USER * REGISTERED)) * SECONDS_A_DAY,
  };
}
