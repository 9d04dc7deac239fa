import { type OptionNames, readOptions } from "../protocol/options.ts";
import type { RejectionReason } from "../protocol/rejections.ts";
import { afterInternationalPrefix, lengthFault, parsePossible } from "./numbering-plans.ts";
import { assertRegion, type Region } from "./regions.ts";
import { isSettledE164 } from "./settled.ts";
import { readWrittenNumber, type WrittenNumber } from "./written-number.ts";

export type NormalizedPhoneNumber =
  | { readonly ok: true; readonly e164: string }
  | { readonly ok: false; readonly reason: RejectionReason };

export interface NormalizeOptions {
  /** Where numbers without a country code are dialled: two letters, such as EG. Default: none. */
  readonly defaultRegion?: string | null | undefined;
}

const OPTIONS: OptionNames<NormalizeOptions> = { defaultRegion: true };

/** Normalises one phone number; never throws, whatever it is given. */
export type PhoneNumberNormalizer = (input: unknown) => NormalizedPhoneNumber;

/** E.164 allows 15 digits; the shortest numbers that are dialled from abroad have 7. */
const MIN_INTERNATIONAL_DIGITS = 7;
const MAX_INTERNATIONAL_DIGITS = 15;
/** No numbering plan has national numbers of fewer than four digits. */
const MAX_SHORT_CODE_DIGITS_ANYWHERE = 3;
/** Service codes for text messages go up to six digits. */
const MAX_SHORT_CODE_DIGITS = 6;
/** Removing a national prefix may uncover another; more than the parser's 17 national digits never. */
const MAX_ROUNDS = 18;

/**
 * Brings a phone number to E.164 (`+201001234567`), on the phone and on the server alike.
 *
 * A number is accepted when libphonenumber finds it possible. `+` and 7 to 15 digits that it does
 * not find possible are accepted as they stand, so that metadata, which age in installed apps, only
 * judge national notation. Without a region, a national number is refused, never guessed. The
 * answer is stable: normalising it again gives the same.
 *
 * @param input any notation; anything that is not a phone number is refused with a reason
 * @throws ContactSyncError `INVALID_REGION`, `INVALID_ARGUMENT` for the options; nothing else,
 *   whatever the input
 */
export function normalizePhoneNumber(
  input: unknown,
  options?: NormalizeOptions,
): NormalizedPhoneNumber {
  return normalize(input, assertRegion(readOptions(options, OPTIONS).defaultRegion));
}

/**
 * `normalizePhoneNumber` with the region checked once, for use on many numbers.
 *
 * @throws ContactSyncError `INVALID_REGION`, `INVALID_ARGUMENT` for the options
 */
export function createNormalizer(options?: NormalizeOptions): PhoneNumberNormalizer {
  const region = assertRegion(readOptions(options, OPTIONS).defaultRegion);
  return (input) => normalize(input, region);
}

function normalize(input: unknown, region: Region | undefined): NormalizedPhoneNumber {
  if (typeof input !== "string") return refused("NOT_A_STRING");
  if (isSettledE164(input)) return accepted(input);
  const written = readWrittenNumber(input);
  if (typeof written === "string") return refused(written);
  return written.international
    ? normalizeInternational(written.digits, written)
    : normalizeNational(written, region);
}

/** @param digits what follows the `+`, or a prefix that stands for it */
function normalizeInternational(digits: string, written: WrittenNumber): NormalizedPhoneNumber {
  if (digits.startsWith("0")) return refused("INVALID_COUNTRY_CODE");
  const number = `+${digits}`;
  // An extension may have been a part of the number after all; only a possible number tells.
  const standsAlone = !written.hadExtension;
  if (standsAlone && isSettledE164(number)) return accepted(number);
  return judgeInternational(number, standsAlone);
}

/**
 * The parser's answer for `+` and digits, without the short cut.
 *
 * @param standsAlone whether a number that is not possible is accepted as it stands
 */
function judgeInternational(number: string, standsAlone: boolean): NormalizedPhoneNumber {
  const e164 = parseUntilStable(number);
  if (e164 !== undefined) return accepted(e164);
  const digits = number.length - 1;
  if (digits < MIN_INTERNATIONAL_DIGITS) return refused("TOO_SHORT");
  if (digits > MAX_INTERNATIONAL_DIGITS) return refused("TOO_LONG");
  return standsAlone ? accepted(number) : refused(lengthFault(number));
}

function normalizeNational(
  written: WrittenNumber,
  region: Region | undefined,
): NormalizedPhoneNumber {
  const { digits } = written;
  if (region === undefined) {
    if (digits.startsWith("00")) return normalizeInternational(digits.slice(2), written);
    const isShort = digits.length <= MAX_SHORT_CODE_DIGITS_ANYWHERE;
    return refused(isShort ? "SHORT_CODE" : "NO_COUNTRY_CODE");
  }
  const dialledAbroad = afterInternationalPrefix(digits, region);
  if (dialledAbroad !== undefined && dialledAbroad !== "") {
    return normalizeInternational(dialledAbroad, written);
  }
  const e164 = parseUntilStable(digits, region);
  if (e164 !== undefined) return accepted(e164);
  // 00 is the rest of the world's prefix, also in the address book of somebody in the USA.
  if (digits.startsWith("00")) {
    const abroad = parseUntilStable(`+${digits.slice(2)}`);
    if (abroad !== undefined) return accepted(abroad);
  }
  const fault = lengthFault(digits, region);
  const isShort = fault === "TOO_SHORT" || fault === "NOT_A_NUMBER";
  if (isShort && digits.length <= MAX_SHORT_CODE_DIGITS) return refused("SHORT_CODE");
  return refused(fault);
}

/**
 * Parses until the answer no longer changes: in `+43 00 …` the parser removes one 0 at a time, and
 * a number must not depend on how often it was normalised on its way.
 */
function parseUntilStable(text: string, region?: Region): string | undefined {
  let stable = parsePossible(text, region);
  for (let round = 1; stable !== undefined && round < MAX_ROUNDS; round += 1) {
    if (isSettledE164(stable)) return stable;
    const next = parsePossible(stable);
    if (next === undefined || next === stable) return stable;
    stable = next;
  }
  return stable;
}

function accepted(e164: string): NormalizedPhoneNumber {
  return { ok: true, e164 };
}

function refused(reason: RejectionReason): NormalizedPhoneNumber {
  return { ok: false, reason };
}
