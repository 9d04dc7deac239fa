// Measures contact-sync and prints what it found.
//
//   npm run bench                    all parts, for a quiet evening
//   npm run bench -- --quick         the same on less: some five minutes
//   npm run bench -- sync link       some of the parts: sync, bulk, link, import, http, incremental,
//                                    phone
//   npm run bench -- checkpoint      only by its name: what first syncs write to the WAL after a
//                                    checkpoint
//   npm run bench -- rotate          likewise: the change of the sealing key, under load
//   npm run bench -- citus           likewise: a Citus cluster beside its coordinator without Citus;
//                                    CONTACT_SYNC_BENCH_CITUS is the URL of its database there
//   npm run bench -- --json FILE     where the figures go; default bench/results/PART.json
//   npm run bench -- --check         compares the ratios with docs/benchmarks/PART.SIZE.json and
//                                    fails on a clear loss that a repetition shows again;
//                                    the quick size, unless --full is given
//   npm run bench -- --publish       writes that reference, and its chart
//
// It runs on an embedded PostgreSQL that it throws away, or on DATABASE_URL in a schema of its own,
// contact_sync_bench, which it creates and drops.
//
// Exits with 1 when a check has found a loss, with 2 when it was called in a way that can't work.
/** @import { Measured, Run } from "./lib/run.js" */
import { parseArgs } from "node:util";
import { measureBulk } from "./bulk/measure-bulk.js";
import { measureCheckpoint } from "./checkpoint/measure-checkpoint.js";
import { CLUSTER_VARIABLE, clusterUrl, withPlainDatabase } from "./citus/databases.js";
import { measureCitus } from "./citus/measure-citus.js";
import { measureHttp } from "./http/measure-http.js";
import { measureImport } from "./import/measure-import.js";
import { measureIncremental } from "./incremental/measure-incremental.js";
import { checkParts } from "./lib/check.js";
import { publish } from "./lib/reference.js";
import { runPart, writeFigures } from "./lib/run.js";
import { measureLink } from "./link/measure-link.js";
import { measurePhone } from "./phone/measure-phone.js";
import { measureRotate } from "./rotate/measure-rotate.js";
import { measureSync } from "./sync/measure-sync.js";

/**
 * The parts, by the word that chooses one.
 *
 * @satisfies {Record<string, (run: Run) => Promise<Measured>>}
 */
const PARTS = {
  sync: measureSync,
  bulk: measureBulk,
  link: measureLink,
  import: measureImport,
  http: measureHttp,
  incremental: measureIncremental,
  phone: measurePhone,
  checkpoint: measureCheckpoint,
  rotate: measureRotate,
  citus: measureCitus,
};

/** @typedef {keyof typeof PARTS} Part */

/**
 * They keep no promise that could be lost.
 *
 * @type {Part[]}
 */
const ONLY_BY_NAME = ["checkpoint", "rotate", "citus"];

// By way of "exit", where servers are stopped and folders removed.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

const { options, chosen } = readArguments();
const size = options.quick || (options.check && !options.full) ? "quick" : "full";
const measure = (/** @type {Part} */ part) =>
  runPart(part, PARTS[part], size, part === "citus" ? withPlainDatabase : undefined);

if (options.check) {
  process.exitCode = await checkParts(chosen, size, measure);
} else {
  for (const part of chosen) {
    const measured = await measure(part);
    console.log(measured.table);
    console.log(`\nThe figures are in ${await writeFigures(measured, options.json)}.`);
    if (options.publish) console.log(`Published: ${(await publish(measured)).join(", ")}.`);
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        full: { type: "boolean", default: false },
        json: { type: "string" },
        check: { type: "boolean", default: false },
        publish: { type: "boolean", default: false },
      },
    });
    const all = Object.keys(PARTS).filter(isPart);
    const named = [...new Set(positionals)];
    const unknown = named.filter((word) => !isPart(word));
    if (unknown.length > 0) {
      throw new Error(`No part ${unknown.join(", ")}; they are: ${all.join(", ")}.`);
    }
    const parts =
      named.length > 0 ? named.filter(isPart) : all.filter((part) => !ONLY_BY_NAME.includes(part));
    if (parts.includes("citus") && !clusterUrl()) {
      throw new Error(`citus needs a cluster: ${CLUSTER_VARIABLE}, the URL of its coordinator.`);
    }
    if (values.quick && values.full) throw new Error("Either --quick or --full.");
    if (values.json !== undefined && parts.length > 1) {
      throw new Error("--json takes one part at a time.");
    }
    if (values.check && (values.publish || values.json !== undefined)) {
      throw new Error("--check only compares: it writes nothing.");
    }
    return { options: values, chosen: parts };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

/**
 * @param {string} word
 * @returns {word is Part}
 */
function isPart(word) {
  return Object.hasOwn(PARTS, word);
}
