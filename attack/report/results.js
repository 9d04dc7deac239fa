/**
 * @import { Machine } from "../../bench/lib/machine.js"
 * @import { Size } from "../lib/play.js"
 * @import { Played } from "../play-all.js"
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { jsonText } from "../../bench/lib/json-text.js";
import { securityText } from "./security-page.js";

const FOLDER = new URL("../../docs/attacks/", import.meta.url);
const PAGE = new URL("../../docs/security.md", import.meta.url);

/**
 * What is kept of a run: of one before a change and of one after it, side by side in docs/security.md.
 *
 * @typedef {object} Result
 * @property {string} measured_at
 * @property {Size} size
 * @property {number} seconds that it took
 * @property {Pick<Machine, "processor" | "cores" | "node">} machine
 * @property {Played[]} attacks
 *
 * @typedef {"before" | "after"} Moment
 */

/**
 * @param {Played[]} attacks
 * @param {{ size: Size, seconds: number, machine: Machine }} run
 * @returns {Result}
 */
export function resultOf(
  attacks,
  { size, seconds, machine: { measured_at, processor, cores, node } },
) {
  return { measured_at, size, seconds, machine: { processor, cores, node }, attacks };
}

/** A run as JSON, three digits of each figure. @param {Result} result */
export const resultText = (result) => jsonText(result, 3);

/**
 * @param {Moment} moment
 * @returns {Promise<Result | undefined>} undefined where there was no such run
 */
export async function readResult(moment) {
  try {
    return JSON.parse(await readFile(new URL(`${moment}.json`, FOLDER), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Keeps a run, and brings the page to show it.
 *
 * @param {string} moment before or after
 * @param {Result} result
 * @returns {Promise<string[]>} the files, by their names from the repository's root
 */
export async function keep(moment, result) {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(new URL(`${moment}.json`, FOLDER), resultText(result));
  await renewPage();
  return [`docs/attacks/${moment}.json`, "docs/security.md"];
}

/** Writes into docs/security.md what the kept runs found. */
export async function renewPage() {
  const page = await readFile(PAGE, "utf8");
  await writeFile(PAGE, securityText(page, await readResult("before"), await readResult("after")));
}
