import { mkdir, readFile, writeFile } from "node:fs/promises";
import { barChart } from "./chart.js";
import { documentOf } from "./run.js";
import { syncChart } from "./sync-chart.js";

const FOLDER = new URL("../../docs/benchmarks/", import.meta.url);

/** What the chart of a part's full size shows, from its ratios; the others have none. */
const CHARTS = { sync: syncChart };

/** The reference's name from the repository's root. */
export const referenceName = (part, size) => `docs/benchmarks/${part}.${size}.json`;

/**
 * @param {string} part
 * @param {"quick" | "full"} size
 * @returns {Promise<import("./run.js").Figures | undefined>} undefined when there is none
 */
export async function readReference(part, size) {
  try {
    return JSON.parse(await readFile(new URL(`${part}.${size}.json`, FOLDER), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes what was just measured the reference, and draws it.
 *
 * @param {import("./run.js").Figures} measured
 * @returns {Promise<string[]>} the files, by their names from the repository's root
 */
export async function publish(measured) {
  const { part, size } = measured;
  const chart = size === "full" ? CHARTS[part]?.(measured) : undefined;
  const files = { [`${part}.${size}.json`]: documentOf(measured) };
  if (chart !== undefined) files[`${part}.${size}.svg`] = barChart(chart);
  await mkdir(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, FOLDER), text);
  return Object.keys(files).map((name) => `docs/benchmarks/${name}`);
}
