/**
 * @import { Case } from "../sync/summary.js"
 * @import { Figures, Size } from "./run.js"
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { barChart } from "./chart.js";
import { documentOf } from "./run.js";
import { syncChart } from "./sync-chart.js";

const FOLDER = new URL("../../docs/benchmarks/", import.meta.url);

/**
 * The reference's name from the repository's root.
 *
 * @param {string} part
 * @param {Size} size
 */
export const referenceName = (part, size) => `docs/benchmarks/${part}.${size}.json`;

/**
 * @param {string} part
 * @param {Size} size
 * @returns {Promise<Figures | undefined>} undefined when there is none
 */
export async function readReference(part, size) {
  try {
    return JSON.parse(await readFile(new URL(`${part}.${size}.json`, FOLDER), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes what was just measured the reference, and draws it.
 *
 * @param {Figures} measured
 * @returns {Promise<string[]>} the files, by their names from the repository's root
 */
export async function publish(measured) {
  const { part, size } = measured;
  const files = { [`${part}.${size}.json`]: documentOf(measured) };
  // The other parts have no chart.
  if (part === "sync" && size === "full") {
    const chart = syncChart(/** @type {Figures<Case>} */ (measured));
    files[`${part}.${size}.svg`] = barChart(chart);
  }
  await mkdir(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, FOLDER), text);
  return Object.keys(files).map((name) => `docs/benchmarks/${name}`);
}
