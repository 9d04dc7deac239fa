/** @import { capacityOf, Constants, Middle } from "./capacity.js" */
import { required } from "../lib/required.js";
import { CONTACTS_A_USER } from "./capacity.js";

/** Of a user's contacts, those with an account. So a number is in as many books, in the middle. */
const REGISTERED = 0.3;
const SECONDS_A_DAY = 86_400;

/**
 * What was measured on a cluster of two workers.
 *
 * @typedef {object} ClusterConstants of delegated calls for a book of 300
 * @property {number} firstCpuMs of the coordinator
 * @property {number} unchangedCpuMs of the coordinator
 * @property {number} linkedContactsPerSecond by the linker, of a number in very many books
 * @property {number} numbersPerSecond entered in the directory, many in one call
 *
 * @typedef {object} CitusCase what is read of a case of docs/benchmarks/citus.full.json
 * @property {string} what
 * @property {string} [subject]
 * @property {string} [kind]
 * @property {string} [name]
 * @property {string} [action]
 * @property {number} [contacts]
 * @property {number} [clients]
 * @property {Middle | null} [coordinator_cpu_ms]
 * @property {Middle} [contacts_per_second]
 * @property {Middle} [numbers_per_second]
 */

/**
 * @param {readonly CitusCase[]} cases
 * @returns {ClusterConstants}
 */
export function clusterConstantsOf(cases) {
  const cpuMs = (/** @type {string} */ kind) => {
    const found = cases.find(
      (of) =>
        of.what === "sync" &&
        of.subject === "delegated" &&
        of.kind === kind &&
        of.contacts === CONTACTS_A_USER &&
        of.clients === 1,
    );
    return required(found?.coordinator_cpu_ms, `coordinator's CPU of a ${kind} sync`).median;
  };
  const link = (/** @type {string} */ name) =>
    cases.find((of) => of.what === "link" && of.action === "link" && of.name === name);
  return {
    firstCpuMs: cpuMs("first"),
    unchangedCpuMs: cpuMs("unchanged"),
    linkedContactsPerSecond: required(
      link("everybody")?.contacts_per_second,
      "link of a number in all books",
    ).median,
    numbersPerSecond: required(link("nobody")?.numbers_per_second, "link of many numbers").median,
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
 * How many workers' cores one core of the coordinator keeps busy with syncs, and what the one linker
 * and the directory do in a day however many workers there are.
 *
 * @param {Constants} constants of one server, whose work a worker does
 * @param {ClusterConstants} cluster
 */
export function coordinatorOf(constants, cluster) {
  return {
    firstCores: constants.firstCpuMs / cluster.firstCpuMs,
    unchangedCores: constants.unchangedCpuMs / cluster.unchangedCpuMs,
    firstPerSecond: 1_000 / cluster.firstCpuMs,
    unchangedPerSecond: 1_000 / cluster.unchangedCpuMs,
    numbersADay: cluster.numbersPerSecond * SECONDS_A_DAY,
    joinersADay: (cluster.linkedContactsPerSecond / (CONTACTS_A_USER * REGISTERED)) * SECONDS_A_DAY,
  };
}
