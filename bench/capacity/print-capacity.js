// Prints the tables of docs/scaling.md from the figures in docs/benchmarks. It measures nothing.
//
//   node bench/capacity/print-capacity.js
/**
 * @import { Figures } from "../lib/run.js"
 * @import { ImportCase, SyncCase } from "./capacity.js"
 * @import { CitusCase } from "./cluster.js"
 * @typedef {{ name: string, actions: { contact_sync: { contacts_per_second: { median: number } } }[] }} LinkCase
 */
import { readReference, referenceName } from "../lib/reference.js";
import { required } from "../lib/required.js";
import { formatTable } from "../lib/table.js";
import { capacityOf, constantsOf } from "./capacity.js";
import { clusterConstantsOf, nodesOf, ratesOf } from "./cluster.js";

const USERS = [1_000_000, 10_000_000, 100_000_000];
const WORKERS = [4, 16, 64];
const SYNC = "npm run bench -- sync";
const IMPORT = "npm run bench -- import";

const sync = /** @type {Figures<SyncCase> | undefined} */ (await readReference("sync", "full"));
const imported = /** @type {Figures<ImportCase> | undefined} */ (
  await readReference("import", "full")
);
if (sync === undefined || imported === undefined) {
  console.error(
    `It needs ${referenceName("sync", "full")} and ${referenceName("import", "full")}.`,
  );
  process.exit(2);
}
const constants = constantsOf({ sync, import: imported });

const bytes = (/** @type {number} */ value) => `${value.toFixed(0)} bytes`;
const ms = (/** @type {number} */ value) => `${value.toFixed(2)} ms`;
console.log(
  formatTable(
    ["constant", "value", "measured by"],
    [
      ["contact, heap", bytes(constants.contactHeap), IMPORT],
      ["contact, its indexes", bytes(constants.contactIndexes), IMPORT],
      ["of that, the index of phone keys", bytes(constants.phoneKeyIndex), IMPORT],
      ["directory, a number with its indexes", bytes(constants.directory), IMPORT],
      ["of that, the primary key", bytes(constants.directoryIndex), IMPORT],
      ["status, a user", bytes(constants.status), IMPORT],
      ["run, a sync", bytes(constants.run), IMPORT],
      ["server CPU, first sync of 300", ms(constants.firstCpuMs), SYNC],
      ["server CPU, unchanged sync of 300", ms(constants.unchangedCpuMs), SYNC],
      ["service CPU, unchanged sync of 300 hashes", ms(constants.clientCpuMs), SYNC],
      ["WAL, first sync of 300", bytes(constants.firstWal), SYNC],
      ["WAL, unchanged sync of 300", bytes(constants.unchangedWal), SYNC],
    ],
  ),
);

const capacities = USERS.map((users) => capacityOf(constants, users));
/**
 * @param {string} name
 * @param {(capacity: ReturnType<typeof capacityOf>) => string} figure
 */
const row = (name, figure) => [name, ...capacities.map(figure)];
const gigabytes = (/** @type {number} */ value) =>
  value < 10 ? value.toFixed(1) : value.toFixed(0);
const hours = (/** @type {number} */ value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
console.log(
  `\n${formatTable(
    ["", ...USERS.map((users) => `${users / 1e6} million users`)],
    [
      row("contacts", ({ contacts }) => `${(contacts / 1e9).toFixed(1)} billion`),
      row("contacts, heap (GB)", (of) => gigabytes(of.gigabytes.contacts)),
      row("contacts, indexes (GB)", (of) => gigabytes(of.gigabytes.contactIndexes)),
      row("directory (GB)", (of) => gigabytes(of.gigabytes.directory)),
      row("status (GB)", (of) => gigabytes(of.gigabytes.status)),
      row("90 days of runs, one a day (GB)", (of) => gigabytes(of.gigabytes.runs)),
      row("storage in all (GB)", (of) => gigabytes(of.total)),
      row("indexes touched at random (GB)", (of) => gigabytes(of.randomlyTouched)),
      row("first syncs of all, core hours", (of) => hours(of.firstSyncCoreHours)),
      row("a day's unchanged syncs, core hours", (of) => hours(of.dailySyncCoreHours)),
      row("the same in the service, core hours", (of) => hours(of.dailyServiceCoreHours)),
      row("WAL of all first syncs (GB)", (of) => gigabytes(of.firstSyncWal)),
      row("WAL of a day's unchanged syncs (GB)", (of) => gigabytes(of.dailyWal)),
    ],
  )}`,
);
const { first, unchanged } = required(capacities[0], "capacity").perCoreSecond;
console.log(
  `\nA core does ${first.toFixed(0)} first or ${unchanged.toFixed(0)} unchanged syncs of 300 a second.`,
);

const citus = /** @type {Figures<CitusCase> | undefined} */ (
  (await readReference("citus", "full")) ?? (await readReference("citus", "quick"))
);
const linked = /** @type {Figures<LinkCase> | undefined} */ (await readReference("link", "full"));
if (citus !== undefined && linked !== undefined) {
  const cluster = clusterConstantsOf(citus.cases);
  const nodes = capacities.flatMap((capacity) =>
    WORKERS.map((workers) => ({ capacity, of: nodesOf(constants, capacity, workers) })),
  );
  console.log(
    `\n${formatTable(
      [
        "million users, workers",
        "owners on a worker (GB)",
        "directory on each node (GB)",
        "a worker (GB)",
        "touched at random on it (GB)",
        "all nodes (GB)",
      ],
      nodes.map(({ capacity, of }) => [
        `${capacity.users / 1e6}, ${of.workers}`,
        gigabytes(of.ownersOnAWorker),
        gigabytes(of.directory),
        gigabytes(of.aWorker),
        gigabytes(of.randomlyTouched),
        gigabytes(of.inAll),
      ]),
    )}`,
  );
  const everybody = linked.cases.find(({ name }) => name === "1000000")?.actions[0];
  const rates = ratesOf(
    constants,
    cluster,
    required(everybody, "link of a number in all books").contact_sync.contacts_per_second.median,
  );
  const times = (/** @type {number} */ value) => value.toFixed(2);
  const aSecond = (/** @type {number} */ value) => value.toFixed(0);
  console.log(
    `\n${formatTable(
      [
        "a sync of 300, delegated",
        "coordinator's CPU",
        "worker's CPU",
        "a second, a core",
        "a second, a worker's core",
      ],
      /** @type {const} */ (["first", "unchanged"]).map((kind) => [
        kind,
        times(cluster.coordinator[kind]),
        times(cluster.worker[kind]),
        aSecond(rates.coordinator[kind]),
        aSecond(rates.worker[kind]),
      ]),
    )}`,
  );
  console.log(
    `\nCPU in times one server's. Links of a number in very many books take ${times(cluster.link)} times as long, numbers in no book ${times(cluster.numbers)} times: the linker changes ${aSecond(rates.linkedContactsPerSecond)} contacts a second, those of ${(rates.joinersADay / 1e6).toFixed(2)} million joiners a day.`,
  );
}
