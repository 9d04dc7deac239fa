import {
  getCountryCallingCode,
  Metadata,
  type NumberingPlan,
  type PhoneNumber,
  parsePhoneNumberWithError,
  validatePhoneNumberLength,
} from "libphonenumber-js/min";
import type { RejectionReason } from "../protocol/rejections.ts";
import type { Region } from "./regions.ts";

// Everything that is asked of libphonenumber. Its metadata come with the package, whose version is
// pinned exactly: another version may answer differently, and then phone hashes no longer agree.

/**
 * `+` and digits, or digits dialled in a region, as libphonenumber parses them; undefined when it
 * finds no plan for them. Whether the plan has such a number is another question.
 */
export function parseNumber(text: string, region?: Region): PhoneNumber | undefined {
  try {
    // Nothing but digits comes here, so there is nothing to extract them from.
    return parsePhoneNumberWithError(text, {
      ...(region === undefined ? {} : { defaultCountry: region }),
      extract: false,
    });
  } catch {
    // The only errors are ParseErrors: NOT_A_NUMBER, INVALID_COUNTRY, TOO_SHORT, TOO_LONG.
    return undefined;
  }
}

/** Why the numbering plan has no number of that length. */
export function lengthFault(text: string, region?: Region): RejectionReason {
  const fault = validatePhoneNumberLength(text, region);
  if (fault === "INVALID_COUNTRY") return "INVALID_COUNTRY_CODE";
  return fault ?? "INVALID_LENGTH";
}

/**
 * Where the country code is also the beginning of national numbers, and the plan is open: more
 * digits than its longest national number (E.164 without the country code) are no national number,
 * though libphonenumber's patterns have room for them.
 *
 * Germany: 049x are area codes of East Frisia; eleven digits (Bundesnetzagentur, Nummernplan
 * Ortsnetzrufnummern). Indonesia: 062x, North Sumatra; three of the area and seven. Sweden: 046,
 * Lund; nine (PTS, the Swedish numbering plan). Kosovo: 038, Prishtina; eight (ARKEP).
 */
const LONGEST_AFTER_OWN_CODE: Readonly<Record<string, number>> = { 46: 9, 49: 11, 62: 10, 383: 8 };

/**
 * Where national numbers begin like a call abroad: those are free from abroad or go through a
 * carrier, and these are all. The patterns without types have room for every number behind the
 * prefix there. By calling code, how such a number begins, and how those that are one.
 */
const LIKE_A_CALL_ABROAD: Readonly<Record<string, readonly [prefix: string, numbers: RegExp]>> = {
  7: ["810", /^8108/],
  62: ["00", /^00(?:1803|7803)/],
  81: ["00", /^00(?:37|66|77[78]|78|882)/],
  82: ["00", /^00(?:308|368|798)/],
};

/** Whether the plan has national numbers that begin with 00. */
export function mayBeginLikeACallAbroad(code: string): boolean {
  return LIKE_A_CALL_ABROAD[code]?.[0] === "00";
}

/**
 * Whether a number has the pattern of its plan. It breaks ties between readings and refuses none:
 * metadata age in installed apps, and a number of tomorrow is invalid today.
 */
export function isValid(number: PhoneNumber): boolean {
  const { countryCallingCode: code, nationalNumber: digits } = number;
  const longest = digits.startsWith(code) ? LONGEST_AFTER_OWN_CODE[code] : undefined;
  if (longest !== undefined && digits.length > longest) return false;
  const [prefix, numbers] = LIKE_A_CALL_ABROAD[code] ?? [];
  if (prefix !== undefined && digits.startsWith(prefix) && !numbers?.test(digits)) return false;
  return number.isValid();
}

const formatsWithPrefix = new Map<Region, { begins: RegExp; mandatory: boolean }[]>();

/** Whether the region writes a prefix, such as 0, before that national number in any case. */
export function isWrittenWithPrefix(nationalNumber: string, region: Region): boolean {
  let formats = formatsWithPrefix.get(region);
  if (formats === undefined) {
    formats = planOf(region)
      .formats()
      .map((format) => ({
        begins: new RegExp(`^(?:${format.leadingDigitsPatterns().slice(-1)[0] ?? ""})`),
        mandatory: format.nationalPrefixIsMandatoryWhenFormattingInNationalFormat(),
      }));
    formatsWithPrefix.set(region, formats);
  }
  return formats.find(({ begins }) => begins.test(nationalNumber))?.mandatory ?? false;
}

const callingCodes = new Map<Region, string>();

export function callingCodeOf(region: Region): string {
  let code = callingCodes.get(region);
  if (code === undefined) {
    code = getCountryCallingCode(region);
    callingCodes.set(region, code);
  }
  return code;
}

const internationalPrefixes = new Map<Region, { begins: RegExp; whole: RegExp }>();

/** No prefix for calls abroad, with a carrier's code in it, is longer (Australia's 14xx0011). */
const LONGEST_PREFIX = 8;

/**
 * What follows the prefix for calls abroad (`00`, in the USA `011`) as it is dialled in a region,
 * for every prefix that the digits begin with: where carriers have codes, `0091` may be `00` or
 * `009`. No country code begins with 0, so a 0 behind the prefix says that it was none.
 */
export function afterInternationalPrefixes(digits: string, region: Region): string[] {
  let pattern = internationalPrefixes.get(region);
  if (pattern === undefined) {
    const prefix = planOf(region).IDDPrefix();
    pattern = { begins: new RegExp(`^(?:${prefix})`), whole: new RegExp(`^(?:${prefix})$`) };
    internationalPrefixes.set(region, pattern);
  }
  const rests: string[] = [];
  if (!pattern.begins.test(digits)) return rests;
  for (let length = 1; length <= LONGEST_PREFIX && length < digits.length; length += 1) {
    if (digits.charAt(length) !== "0" && pattern.whole.test(digits.slice(0, length))) {
      rests.push(digits.slice(length));
    }
  }
  return rests;
}

/** What the library's types leave out. */
interface NumberFormat {
  /** Each narrows the one before it. */
  leadingDigitsPatterns(): string[];
  nationalPrefixIsMandatoryWhenFormattingInNationalFormat(): boolean;
}

/** The plan's methods that the library's types leave out. */
interface PlanWithPrefix extends NumberingPlan {
  formats(): NumberFormat[];
  /** A pattern of what may precede a national number, such as `0`, also with a carrier's code. */
  nationalPrefixForParsing(): string | undefined;
}

/** @param plan a region, or a calling code, whose main region's plan it then is */
export function planOf(plan: Region | string): PlanWithPrefix {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(plan as Region);
  return metadata.numberingPlan as PlanWithPrefix;
}

export function isCallingCode(digits: string): boolean {
  const metadata = new Metadata() as Metadata & {
    hasCallingCode(code: string): boolean | undefined;
  };
  return Boolean(metadata.hasCallingCode(digits));
}
