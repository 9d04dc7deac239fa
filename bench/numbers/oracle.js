// google-libphonenumber, the reference implementation: whose example numbers are read, and who says
// which number is valid.
/** @import { PhoneNumber } from "google-libphonenumber" */
import library from "google-libphonenumber";
import { parsePhoneNumberFromString } from "libphonenumber-js/max";

const { PhoneNumberFormat, PhoneNumberType, PhoneNumberUtil } = library;
const util = PhoneNumberUtil.getInstance();

/**
 * @typedef {object} Example
 * @property {string} region
 * @property {string} code the country code
 * @property {string} national the national digits
 * @property {string} e164
 * @property {string} written in the region's own notation
 */

export const REGIONS = util.getSupportedRegions().sort();

/** @param {string} region */
export const codeOf = (region) => String(util.getCountryCodeForRegion(region));

/** Mobile and fixed line, which are in address books, and every other type. */
export const EVERYDAY_TYPES = ["MOBILE", "FIXED_LINE"];
export const ALL_TYPES = Object.keys(PhoneNumberType).filter((type) => type !== "UNKNOWN");

/**
 * The library's example numbers of every region, each once. Those that the two libraries' metadata
 * do not agree on are left out: the older of them knows another plan.
 *
 * @param {string[]} types
 * @returns {Example[]}
 */
export function examples(types) {
  /** @type {Map<string, Example>} */
  const found = new Map();
  for (const region of REGIONS) {
    for (const type of types) {
      const number = util.getExampleNumberForType(region, PhoneNumberType[type] ?? -1);
      if (number === undefined || number === null || !util.isValidNumber(number)) continue;
      const e164 = util.format(number, PhoneNumberFormat.E164);
      if (parsePhoneNumberFromString(e164)?.isValid() !== true) continue;
      found.set(`${region} ${e164}`, {
        region,
        code: String(number.getCountryCode()),
        national: util.getNationalSignificantNumber(number),
        e164,
        written: util.format(number, PhoneNumberFormat.NATIONAL),
      });
    }
  }
  return [...found.values()];
}

/**
 * The reference's own answer: E.164, or undefined when it finds the number impossible.
 *
 * @param {string} text
 * @param {string} region
 */
export function oracleReads(text, region) {
  const number = parsed(text, region);
  return number !== undefined && util.isPossibleNumber(number)
    ? util.format(number, PhoneNumberFormat.E164)
    : undefined;
}

/** @param {string} e164 */
export function isSomebodys(e164) {
  const number = parsed(e164);
  return number !== undefined && util.isValidNumber(number);
}

/**
 * @param {string} text
 * @param {string} [region]
 * @returns {PhoneNumber | undefined}
 */
function parsed(text, region) {
  try {
    return util.parse(text, region);
  } catch {
    return undefined;
  }
}
