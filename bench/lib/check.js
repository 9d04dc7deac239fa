import { compareRatios, confirmedLosses, lossesOf } from "./compare.js";
import { readReference, referenceName } from "./reference.js";
import { formatSpread, formatTable } from "./table.js";

/**
 * Compares parts with their references. A part that shows a loss is measured a second time, and
 * only a loss that is there both times counts.
 *
 * @param {readonly string[]} parts
 * @param {"quick" | "full"} size
 * @param {(part: string) => Promise<import("./run.js").Figures>} measure
 * @returns {Promise<0 | 1 | 2>} the exit code: no loss, a loss, nothing to compare with
 */
export async function checkParts(parts, size, measure) {
  const references = new Map();
  for (const part of parts) references.set(part, await readReference(part, size));
  const missing = parts.filter((part) => references.get(part) === undefined);
  if (missing.length > 0) {
    const names = missing.map((part) => referenceName(part, size)).join(", ");
    const how = `npm run bench -- ${missing.join(" ")} --${size} --publish`;
    console.error(`There is no reference: ${names}. To make it: ${how}`);
    return 2;
  }

  let exitCode = 0;
  for (const part of parts) {
    exitCode = Math.max(exitCode, await checkPart(part, references.get(part), measure));
  }
  return exitCode;
}

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

/** @returns {string} Markdown for the terminal */
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

function inWords({ measured_at: at, processor, cores, memory_gb: memory, node, server }) {
  const day = String(at).slice(0, 10);
  // "PostgreSQL 18.4 on x86_64…, compiled by …"
  const postgres = server === undefined ? "" : `, ${server.version.split(" on ")[0]}`;
  return `${day}, ${processor}, ${cores} cores, ${memory} GB, Node ${node}${postgres}`;
}

const COMPARED = ["processor", "cores", "memory_gb"];

function isAlike(one, other) {
  return COMPARED.every((name) => one[name] === other[name]);
}
