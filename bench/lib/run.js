/**
 * @import { Ratio } from "./compare.js"
 * @import { Database } from "./database.js"
 * @import { Machine } from "./machine.js"
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { withDatabase } from "./database.js";
import { jsonText } from "./json-text.js";
import { describeMachine } from "./machine.js";

/**
 * @typedef {"quick" | "full"} Size
 * @typedef {(line: string) => void} Tell
 * @typedef {{ database: Database, size: Size, tell: Tell }} Run `tell` hears of progress
 */

/**
 * What a part gives: `table` is for the terminal.
 *
 * @template {object} [Case=object]
 * @typedef {{ table: string, cases: Case[], ratios: Ratio[] }} Measured
 */

/**
 * What is kept of a run.
 *
 * @template {object} [Case=object]
 * @typedef {{ part: string, size: Size, machine: Machine, cases: Case[], ratios: Ratio[] }} Figures
 */

/**
 * Measures one part on a database of its own.
 *
 * @param {string} part
 * @param {(run: Run) => Promise<Measured>} measure
 * @param {Size} size
 * @param {typeof withDatabase} [open] gives the database
 * @returns {Promise<Figures & Measured>}
 */
export async function runPart(part, measure, size, open = withDatabase) {
  const tell = (/** @type {string} */ line) => {
    process.stderr.write(`${part}: ${line}\n`);
  };
  return open(async (database) => {
    const machine = describeMachine(database);
    const [product, version] = String(database.server["version"]).split(" ");
    tell(`${product} ${version}; compiles statements (JIT): ${database.server["compiles"]}.`);
    const { table, cases, ratios } = await measure({ database, size, tell });
    return { part, size, machine, cases, ratios, table };
  });
}

/**
 * The document that is kept of a run: everything but the table, six digits of each figure.
 *
 * @param {Figures} figures
 */
export function documentOf({ part, size, machine, cases, ratios }) {
  return jsonText({ part, size, machine, ratios, cases }, 6);
}

/**
 * @param {Figures} measured
 * @param {string} [path] default bench/results/PART.json
 * @returns {Promise<string>} where they are
 */
export async function writeFigures(measured, path) {
  const file = resolve(
    path ?? fileURLToPath(new URL(`../results/${measured.part}.json`, import.meta.url)),
  );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, documentOf(measured));
  return file;
}
