// How a number is written in the book of somebody in a region.
/** @import { Example } from "./oracle.js" */
import { Metadata } from "libphonenumber-js/min";

/** Prefixes for calls abroad of up to five digits, with the codes of carriers. */
const LONGEST_PREFIX = 5;
/** Singapore has forty. */
const MOST_PREFIXES = 12;

/**
 * The notations whose reading depends on where they were written, with how each writes a number
 * (none: an empty list).
 *
 * @type {Record<string, (number: Example, region: string) => string[]>}
 */
export const REGIONAL = {
  "00 CC n": ({ code, national }) => [`00${code}${national}`],
  "region's prefix CC n": ({ code, national }, region) =>
    prefixes(region).map((prefix) => `${prefix}${code}${national}`),
  "00 CC (0) n": ({ code, national }) =>
    national.startsWith("0") ? [] : [`00${code} (0) ${national}`],
  "00 CC n.0": ({ code, national }) => [`00${code}${national}.0`],
};

/**
 * The same behind a +, and the country code without one.
 *
 * @type {Record<string, (number: Example) => string[]>}
 */
export const INTERNATIONAL = {
  "+CC n": ({ e164 }) => [e164],
  "+CC (0) n": ({ code, national }) =>
    national.startsWith("0") ? [] : [`+${code} (0) ${national}`],
  "+CC n.0": ({ e164 }) => [`${e164}.0`],
  "+CC +CC n": ({ code, national }) => [`+${code} +${code} ${national}`],
  "+CC CC n": ({ code, national }) => [`+${code}${code}${national}`],
};

/** @type {Map<string, string[]>} */
const known = new Map();

/** @param {string} region */
function prefixes(region) {
  const before = known.get(region);
  if (before !== undefined) return before;
  const metadata = new Metadata();
  metadata.selectNumberingPlan(/** @type {import("libphonenumber-js").CountryCode} */ (region));
  const pattern = new RegExp(`^(?:${metadata.numberingPlan?.IDDPrefix()})$`);
  const found = [];
  for (let length = 1; length <= LONGEST_PREFIX; length += 1) {
    for (let value = 0; value < 10 ** length; value += 1) {
      const prefix = String(value).padStart(length, "0");
      if (prefix !== "00" && pattern.test(prefix)) found.push(prefix);
    }
  }
  known.set(region, found.slice(0, MOST_PREFIXES));
  return found.slice(0, MOST_PREFIXES);
}
