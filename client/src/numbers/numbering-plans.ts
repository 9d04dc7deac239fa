import type { RejectionReason } from "../protocol/rejections.ts";
import { lengthFaultIn, type ParsedNumber, parse } from "./parse-number.ts";
import type { Region } from "./plan-data.ts";
import { isNumberOf, isWrittenWithPrefix as isWritten, type Plan, planOfRegion } from "./plans.ts";

// Everything that is asked of numbering plans. They come with this package, as libphonenumber has them:
// another version may answer differently, and then phone hashes no longer agree.

/**
 * `+` and digits, or digits dialled in a region, as libphonenumber parses them; undefined when it
 * finds no plan for them. Whether the plan has such a number is another question.
 */
export function parseNumber(text: string, region?: Region): ParsedNumber | undefined {
  const parsed = parse(text, region);
  return typeof parsed === "string" ? undefined : parsed;
}

/** The number in E.164. */
export function e164Of({ callingCode, nationalNumber }: ParsedNumber): string {
  return `+${callingCode}${nationalNumber}`;
}

/** Whether the plan has numbers of that length. */
export function isPossible({ plan, nationalNumber }: ParsedNumber): boolean {
  return lengthFaultIn(plan, nationalNumber) === undefined;
}

/** Why the numbering plan has no number of that length. */
export function lengthFault(text: string, region?: Region): RejectionReason {
  const parsed = parse(text, region);
  if (typeof parsed === "string") return parsed;
  return lengthFaultIn(parsed.plan, parsed.nationalNumber) ?? "INVALID_LENGTH";
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
export function isValid({
  plan,
  callingCode: code,
  nationalNumber: digits,
}: ParsedNumber): boolean {
  const longest = digits.startsWith(code) ? LONGEST_AFTER_OWN_CODE[code] : undefined;
  if (longest !== undefined && digits.length > longest) return false;
  const [prefix, numbers] = LIKE_A_CALL_ABROAD[code] ?? [];
  if (prefix !== undefined && digits.startsWith(prefix) && !numbers?.test(digits)) return false;
  return isNumberOf(plan, digits);
}

/** Whether the region writes a prefix, such as 0, before that national number in any case. */
export function isWrittenWithPrefix(nationalNumber: string, region: Region): boolean {
  return isWritten(planOf(region), nationalNumber);
}

export function callingCodeOf(region: Region): string {
  return planOf(region).callingCode;
}

/** No prefix for calls abroad, with a carrier's code in it, is longer (Australia's 14xx0011). */
const LONGEST_PREFIX = 8;

/**
 * What follows the prefix for calls abroad (`00`, in the USA `011`) as it is dialled in a region,
 * for every prefix that the digits begin with: where carriers have codes, `0091` may be `00` or
 * `009`. No country code begins with 0, so a 0 behind the prefix says that it was none.
 */
export function afterInternationalPrefixes(digits: string, region: Region): string[] {
  const { begins, whole } = planOf(region).internationalPrefix;
  const rests: string[] = [];
  if (!begins.test(digits)) return rests;
  for (let length = 1; length <= LONGEST_PREFIX && length < digits.length; length += 1) {
    if (digits.charAt(length) !== "0" && whole.test(digits.slice(0, length))) {
      rests.push(digits.slice(length));
    }
  }
  return rests;
}

function planOf(region: Region): Plan {
  return planOfRegion(region) as Plan;
}
