import type { PhoneNumber } from "libphonenumber-js/min";
import { isValidE164, readInternational, readPossible } from "./international.ts";
import {
  afterInternationalPrefixes,
  callingCodeOf,
  isValid,
  isWrittenWithPrefix,
  parseNumber,
} from "./numbering-plans.ts";
import type { Region } from "./regions.ts";

// Digits without a + mean what is dialled where they were written, but an address book also holds
// 00 where the telephone network knows another prefix, country codes that lost their +, and codes
// of carriers. Each way to read them that gives a possible number is a reading.

/** What digits without a `+` mean in a region; undefined when no plan has a number of that length. */
export function readNational(digits: string, region: Region): string | "AMBIGUOUS" | undefined {
  const home = parseNumber(digits, region);
  const readings = dialledReadings(digits, region, home);
  const foreign = foreignWithoutPlus(digits, region, home);
  if (foreign !== undefined) return readings.length === 0 ? foreign : "AMBIGUOUS";
  if (readings.length <= 1) return readings[0];
  // Validity only breaks ties. Where it does not, nothing does: a guess is never stored.
  const [valid, ...others] = readings.filter(isValidE164);
  return valid !== undefined && others.length === 0 ? valid : "AMBIGUOUS";
}

/**
 * The distinct possible numbers in E.164 that are dialled so in the region, at home and abroad, or
 * that begin with its own country code without the `+`.
 */
function dialledReadings(
  digits: string,
  region: Region,
  home: PhoneNumber | undefined,
): readonly string[] {
  const code = callingCodeOf(region);
  const abroad = afterInternationalPrefixes(digits, region);
  // 00 is the rest of the world's prefix, also in the address book of somebody in the USA.
  if (digits.startsWith("00")) abroad.push(digits.slice(2));
  const readings = new Set(
    // Behind 1, North America's code, another 1 is none of a number: Australia's 0011 is no 00.
    abroad.filter((rest) => !/^(?:0|11)/.test(rest)).map((rest) => readInternational(`+${rest}`)),
  );
  if (digits.startsWith(code)) readings.add(readInternational(`+${digits}`));
  readings.delete(undefined);
  // At home the parser takes one prefix off, and may have taken one for calls abroad.
  const atHome = [readPossible(home)];
  if (readings.size > 0) atHome.push(readPossible(parseNumber(`+${code}${digits}`)));
  for (const possible of atHome) {
    // A moved number may be none of older metadata: it is possible nonetheless.
    const reading = possible === undefined ? undefined : (readInternational(possible) ?? possible);
    // Behind 00 is a call abroad, unless it is a number that itself begins so.
    const isOfHome = !digits.startsWith("00") || reading?.startsWith(`+${code}00`);
    if (reading !== undefined && (isOfHome || readings.size === 0)) readings.add(reading);
  }
  return [...(readings as Set<string>)];
}

/**
 * Another country's code without its `+`, as spreadsheets leave it. It is far-fetched, so it has to
 * be valid (a number at home with a digit too many is none abroad), and a valid number in the
 * region's own notation is not doubted for it.
 */
function foreignWithoutPlus(
  digits: string,
  region: Region,
  home: PhoneNumber | undefined,
): string | undefined {
  if (digits.startsWith("0") || digits.startsWith(callingCodeOf(region))) return undefined;
  if (home !== undefined && isNationalNotation(digits, home, region)) return undefined;
  const foreign = readInternational(`+${digits}`);
  return foreign !== undefined && isValidE164(foreign) ? foreign : undefined;
}

/** Whether a valid number is written with its national prefix, or is one that has none. */
function isNationalNotation(digits: string, number: PhoneNumber, region: Region): boolean {
  if (!isValid(number)) return false;
  return number.nationalNumber !== digits || !isWrittenWithPrefix(digits, region);
}
