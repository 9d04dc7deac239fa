// Of libphonenumber's metadata, what the client asks of a numbering plan: no formats, no patterns of
// text. client/src/numbers/plans.ts reads it again.
import { Metadata } from "libphonenumber-js/core";

/**
 * @typedef {import("libphonenumber-js/core").MetadataJson} Metadatas
 * @typedef {[pattern: string, lengths?: number[]]} Type
 * @typedef {{
 *   region: string,
 *   callingCode: string,
 *   internationalPrefix: string,
 *   pattern: string,
 *   lengths: number[],
 *   prefix: string,
 *   transform: string,
 *   leadingDigits: string,
 *   types: Type[],
 *   written: string,
 * }} Plan
 */

/** Where a plan has its fields in the metadata of libphonenumber-js, version 4. */
const FIELDS = {
  callingCode: 0,
  internationalPrefix: 1,
  pattern: 2,
  lengths: 3,
  formats: 4,
  nationalPrefix: 5,
  prefixForParsing: 7,
  transform: 8,
  leadingDigits: 10,
  types: 11,
};

/**
 * The module that holds them.
 *
 * @param {any} metadata `libphonenumber-js/min/metadata`
 * @param {string} version of the package
 */
export function planData(metadata, version) {
  const regions = Object.keys(metadata.countries).sort();
  return `// Written by scripts/compose-plans.js: not to be edited.
//
// The numbering plans of Google's libphonenumber (Apache License 2.0), as libphonenumber-js ${version}
// has them (MIT License): client/NOTICE. plans.ts says what the fields are.

export type Region =
${regions.map((region) => `  | "${region}"`).join("\n")};

export const PLANS: string = \`
${plansText(metadata)}
\`;
`;
}

/**
 * A line for each region, in the order of its calling code's regions, the main one first; behind
 * them those of calling codes that no region has.
 *
 * @param {any} metadata `libphonenumber-js/min/metadata`, of any version of the package
 * @returns {string}
 */
export function plansText(metadata) {
  if (metadata.version !== 4) throw new Error(`Metadata of version ${metadata.version}`);
  const lines = [];
  for (const [code, regions] of Object.entries(metadata.country_calling_codes)) {
    const [main, ...others] = regions;
    const mainPlan = planOf(metadata, main, metadata.countries[main]);
    lines.push(line(mainPlan));
    for (const region of others) {
      const plan = planOf(metadata, region, metadata.countries[region]);
      // What the plan of the code's main region has is not repeated.
      const hasSame = plan.written === mainPlan.written;
      if (!hasSame && plan.written === "") throw new Error(`${region} can't be told from ${main}`);
      lines.push(line({ ...plan, written: hasSame ? "" : plan.written }));
    }
    if (regions.some((/** @type {string} */ region) => metadata.countries[region][0] !== code)) {
      throw new Error(`A region of ${code} has another calling code`);
    }
  }
  for (const [code, plan] of Object.entries(metadata.nonGeographic)) {
    lines.push(line({ ...planOf(metadata, code, plan), region: "" }));
  }
  return lines.join("\n");
}

/**
 * @param {any} metadata
 * @param {string} name a region or a calling code
 * @param {any[]} fields
 * @returns {Plan}
 */
function planOf(metadata, name, fields) {
  const types = (fields[FIELDS.types] || []).filter((/** @type {any} */ type) => type?.[0]);
  if (fields[FIELDS.types] && types.length === 0) throw new Error(`${name} has types without any`);
  return {
    region: name,
    callingCode: fields[FIELDS.callingCode],
    internationalPrefix: fields[FIELDS.internationalPrefix] || "",
    pattern: fields[FIELDS.pattern],
    lengths: fields[FIELDS.lengths],
    prefix: fields[FIELDS.prefixForParsing] || fields[FIELDS.nationalPrefix] || "",
    transform: fields[FIELDS.transform] || "",
    leadingDigits: fields[FIELDS.leadingDigits] || "",
    types,
    written: writtenWithPrefix(metadata, name),
  };
}

/**
 * A pattern of how the national numbers begin that are written with their prefix in any case: the
 * first format whose digits they begin with decides. Formats of no prefix become refusals before it.
 *
 * @param {any} metadata
 * @param {string} name
 */
function writtenWithPrefix(metadata, name) {
  const reader = /** @type {any} */ (new Metadata(metadata));
  reader.selectNumberingPlan(name);
  const formats = reader.numberingPlan.formats().map((/** @type {any} */ format) => ({
    begins: format.leadingDigitsPatterns().slice(-1)[0] ?? "",
    mandatory: format.nationalPrefixIsMandatoryWhenFormattingInNationalFormat(),
  }));
  while (formats.length > 0 && !formats.at(-1).mandatory) formats.pop();
  let pattern = "";
  for (const { begins, mandatory } of formats.reverse()) {
    const rest = pattern === "" ? "" : `|${pattern}`;
    pattern = mandatory ? `${begins}${rest}` : `(?!${begins})(?:${pattern})`;
  }
  return pattern;
}

/** @param {Plan} plan */
function line(plan) {
  const lengths = plan.lengths.join(",");
  const types = plan.types.map(([pattern, own]) => {
    const shown = own === undefined || own.join(",") === lengths ? "" : own.join(",");
    return `${packed(pattern)}@${shown}`;
  });
  const fields = [
    plan.region + plan.callingCode,
    lengths,
    packed(plan.pattern),
    packed(plan.internationalPrefix),
    packed(plan.prefix),
    plan.transform,
    packed(plan.leadingDigits),
    types.join("&"),
    packed(plan.written),
  ];
  if (
    /[&@]/.test(plan.pattern + plan.written) ||
    fields.some((field) => /[\s`\\]|\$\{/.test(field))
  ) {
    throw new Error(`${plan.region || plan.callingCode} has what the text can't hold`);
  }
  return fields.join(" ").trimEnd();
}

/** @param {string} pattern */
function packed(pattern) {
  if (/[A-Za-z]/.test(pattern.replaceAll("\\d", "")))
    throw new Error(`An unknown class in a pattern: ${pattern}`);
  return pattern.replaceAll("\\d", "d");
}
