import { isValidE164, readInternational, readPossible } from "./international.ts";
import {
  afterInternationalPrefixes,
  callingCodeOf,
  isValid,
  isWrittenWithPrefix,
  mayBeginLikeACallAbroad,
  parseNumber,
} from "./numbering-plans.ts";
import type { ParsedNumber } from "./parse-number.ts";
import type { Region } from "./plan-data.ts";
import { movedPlanCandidate } from "./plan-moves.ts";
import { type Plan, plansOfCode } from "./plans.ts";
import { isSettledE164 } from "./settled.ts";

// Digits without a + mean what is dialled where they were written, but an address book also holds
// 00 where the telephone network knows another prefix, country codes that lost their +, and codes
// of carriers. Each way to read them that gives a possible number is a reading.

/**
 * What digits without a `+` mean in a region; undefined when no plan has a number of that length.
 *
 * @param isSolid whether nothing stood between the digits
 */
export function readNational(
  digits: string,
  region: Region,
  isSolid: boolean,
): string | "AMBIGUOUS" | undefined {
  const abroad = readingsAbroad(digits, region);
  // Behind 00 is a call abroad, unless it is a number that itself begins so.
  const isSurelyAbroad =
    abroad.size > 0 && digits.startsWith("00") && !mayBeginLikeACallAbroad(callingCodeOf(region));
  const home = isSurelyAbroad ? undefined : parseNumber(digits, region);
  const readings = [...addReadingsAtHome(abroad, digits, region, home)];
  const foreign = foreignWithoutPlus(digits, region, home);
  if (foreign !== undefined && readings.length > 0) return "AMBIGUOUS";
  // Spreadsheets take away the + with all that divides the digits: in groups they were meant for a
  // number at home, and have a digit too many.
  if (foreign !== undefined) return isSolid ? foreign : undefined;
  if (readings.length <= 1) return readings[0];
  // Validity only breaks ties. Where it does not, nothing does: a guess is never stored.
  const [valid, ...others] = readings.filter(isValidE164);
  return valid !== undefined && others.length === 0 ? valid : "AMBIGUOUS";
}

/**
 * The distinct possible numbers in E.164 behind a prefix for calls abroad, or behind the region's
 * own country code without its `+`.
 */
function readingsAbroad(digits: string, region: Region): ReadonlySet<string> {
  const numbers = afterInternationalPrefixes(digits, region);
  // 00 is the rest of the world's prefix, also in the address book of somebody in the USA.
  if (digits.startsWith("00")) numbers.push(digits.slice(2));
  if (digits.startsWith(callingCodeOf(region))) numbers.push(digits);
  const readings = new Set<string>();
  for (const number of new Set(numbers)) {
    // Behind 1, North America's code, another 1 is none of a number: Australia's 0011 is no 00.
    const reading = /^(?:0|11)/.test(number) ? undefined : readInternational(`+${number}`);
    if (reading !== undefined) readings.add(reading);
  }
  return readings;
}

/** With the possible numbers of the region itself. */
function addReadingsAtHome(
  abroad: ReadonlySet<string>,
  digits: string,
  region: Region,
  home: ParsedNumber | undefined,
): ReadonlySet<string> {
  if (home === undefined) return abroad;
  const code = callingCodeOf(region);
  // The parser takes one prefix off, and may have taken one for calls abroad or the country code.
  const possible = [readPossible(home)];
  if (abroad.size > 0) possible.push(readPossible(parseNumber(`+${code}${digits}`)));
  const isDoubtful = digits.startsWith("00") && abroad.size > 0;
  const readings = new Set(abroad);
  for (const number of possible) {
    if (number === undefined) continue;
    // A moved number may be none of older metadata: it is possible nonetheless.
    const reading = isSettledE164(number) ? number : (readInternational(number) ?? number);
    if (!isDoubtful || reading.startsWith(`+${code}00`)) readings.add(reading);
  }
  return readings;
}

/**
 * Another country's code without its `+`, as spreadsheets leave it. It is far-fetched, so it has to
 * be valid (a number at home with a digit too many is none abroad), and a valid number in the
 * region's own notation is not doubted for it.
 */
function foreignWithoutPlus(
  digits: string,
  region: Region,
  home: ParsedNumber | undefined,
): string | undefined {
  if (digits.startsWith("0") || digits.startsWith(callingCodeOf(region))) return undefined;
  if (isTooShortAbroad(digits)) return undefined;
  if (home !== undefined && isNationalNotation(digits, home, region)) return undefined;
  const foreign = readInternational(`+${digits}`);
  return foreign !== undefined && isValidE164(foreign) ? foreign : undefined;
}

/** The old forms of Gabon's and Mauritius' numbers. */
const MIN_MOVED_DIGITS = 7;

/** Calling code → the fewest digits that follow it; undefined where there is none. */
const shortest = new Map<string, number | undefined>();

/** Most numbers at home are, which saves asking the parser. */
function isTooShortAbroad(digits: string): boolean {
  for (let length = 1; length <= 3; length += 1) {
    const code = digits.slice(0, length);
    if (!shortest.has(code)) {
      const [plan] = plansOfCode(code);
      shortest.set(code, plan && fewestDigits(plan));
    }
    const fewest = shortest.get(code);
    if (fewest !== undefined) return digits.length - length < fewest;
  }
  return true;
}

/** The old forms of a plan that moved may be shorter than any number of today. */
function fewestDigits({ callingCode, lengths }: Plan): number {
  const today = Math.min(...lengths);
  return movedPlanCandidate(callingCode) === undefined ? today : Math.min(today, MIN_MOVED_DIGITS);
}

/** Whether a valid number is written with its national prefix, or is one that has none. */
function isNationalNotation(digits: string, number: ParsedNumber, region: Region): boolean {
  if (!isValid(number)) return false;
  return number.nationalNumber !== digits || !isWrittenWithPrefix(digits, region);
}
