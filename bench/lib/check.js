/**
 * @import { Comparison } from "./compare.js"
 * @import { Machine } from "./machine.js"
 * @import { Figures, Size } from "./run.js"
 */
import { compareRatios, confirmedLosses, lossesOf } from "./compare.js";
import { readReference, referenceName } from "./reference.js";
import { formatSpread, formatTable } from "./table.js";

/** @typedef {0 | 1 | 2} ExitCode no loss, a loss, nothing to compare with */

/**
 * Compares parts with their references. A part that shows a loss is measured a second time, and
 * only a loss that is there both times counts.
 *
 * @template {string} Part
 * @param {readonly Part[]} parts
 * @param {Size} size
 * @param {(part: Part) => Promise<Figures>} measure
 * @returns {Promise<ExitCode>}
 */
export async function checkParts(parts, size, measure) {
  /** @type {Map<Part, Figures>} */
  const references = new Map();
  for (const part of parts) {
    const reference = await readReference(part, size);
    if (reference !== undefined) references.set(part, reference);
  }
  const missing = parts.filter((part) => !references.has(part));
  if (missing.length > 0) {
    const names = missing.map((part) => referenceName(part, size)).join(", ");
    const how = `npm run bench -- ${missing.join(" ")} --${size} --publish`;
    console.error(`There is no reference: ${names}. To make it: ${how}`);
    return 2;
  }

  /** @type {ExitCode} */
  let worst = 0;
  for (const [part, reference] of references) {
    const exitCode = await checkPart(part, reference, measure);
    if (exitCode > worst) worst = exitCode;
  }
  return worst;
}

/**
 * @template {string} Part
 * @param {Part} part
 * @param {Figures} reference
 * @param {(part: Part) => Promise<Figures>} measure
 * @returns {Promise<ExitCode>}
 */
async function checkPart(part, reference, measure) {
  const measured = await measure(part);
  const comparisons = compareRatios(reference.ratios, measured.ratios);
  console.log(`${comparisonTable(part, reference, measured, comparisons)}\n`);
  if (comparisons.every(({ verdict }) => verdict === "not comparable")) {
    console.error(`${part}: nothing of the reference was measured.`);
    return 2;
  }
  const losses = lossesOf(comparisons);
  if (losses.length === 0) {
    console.log(`${part}: no loss.`);
    return 0;
  }

  console.log(`${part}: worse than the reference in ${losses.length}. Measuring it again.\n`);
  const again = await measure(part);
  const repeated = compareRatios(reference.ratios, again.ratios);
  console.log(`${comparisonTable(part, reference, again, repeated)}\n`);
  const confirmed = confirmedLosses(comparisons, repeated);
  if (confirmed.length === 0) {
    console.log(`${part}: no loss was there both times.`);
    return 0;
  }
  console.log(`${part}: a loss, both times:\n${confirmed.map(({ id }) => `- ${id}`).join("\n")}`);
  return 1;
}

/**
 * @param {string} part
 * @param {Figures} reference
 * @param {Figures} measured
 * @param {readonly Comparison[]} comparisons
 * @returns {string} Markdown for the terminal
 */
function comparisonTable(part, reference, measured, comparisons) {
  return [
    `## ${part}, ${measured.size}, beside its reference`,
    "",
    `Reference: ${inWords(reference.machine)}.`,
    `Now: ${inWords(measured.machine)}.`,
    ...(isAlike(reference.machine, measured.machine)
      ? []
      : [
          "The machines differ. Ratios carry over better than times, but not always: judge with care.",
        ]),
    "",
    formatTable(
      ["ratio", "reference", "now", "verdict"],
      comparisons.map(({ id, reference: before, now, verdict }) => [
        id,
        before === undefined ? "not there" : formatSpread(before),
        now === undefined ? "not measured" : formatSpread(now),
        verdict,
      ]),
    ),
  ].join("\n");
}

/** @param {Machine} machine */
function inWords({ measured_at: at, processor, cores, memory_gb: memory, node, server }) {
  const day = String(at).slice(0, 10);
  // "PostgreSQL 18.4 on x86_64…, compiled by …"
  const postgres = server === undefined ? "" : `, ${server["version"]?.split(" on ")[0]}`;
  return `${day}, ${processor}, ${cores} cores, ${memory} GB, Node ${node}${postgres}`;
}

const COMPARED = /** @type {const} */ (["processor", "cores", "memory_gb"]);

/**
 * @param {Machine} one
 * @param {Machine} other
 */
function isAlike(one, other) {
  return COMPARED.every((name) => one[name] === other[name]);
}
