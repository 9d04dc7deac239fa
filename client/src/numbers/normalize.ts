import { type OptionNames, readOptions } from "../protocol/options.ts";
import type { RejectionReason } from "../protocol/rejections.ts";
import { isZeroDoubtful, readInternational } from "./international.ts";
import { afterInternationalPrefixes, lengthFault } from "./numbering-plans.ts";
import { readNational } from "./readings.ts";
import { assertRegion, type Region } from "./regions.ts";
import { isSettledE164 } from "./settled.ts";
import { holdsSeveralNumbers } from "./split.ts";
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

/**
 * Brings a phone number to E.164 (`+201001234567`), on the phone and on the server alike.
 *
 * A number is accepted when libphonenumber finds it possible. `+` and 7 to 15 digits, exactly as
 * written, that it does not find possible are accepted as they stand, so that metadata, which age in
 * installed apps, only judge national notation. Without a region, a national number is refused, and
 * digits that can be read as two numbers are, never guessed. The answer is stable: normalising it
 * again gives the same.
 *
 * @param input any notation; anything that is not one phone number is refused with a reason. Of
 *   several numbers in one text `splitPhoneNumbers` makes several
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
  if (holdsSeveralNumbers(input)) return refused("SEVERAL_NUMBERS");
  const written = readWrittenNumber(input);
  if (typeof written === "string") return refused(written);
  if (written.withoutFraction !== undefined) {
    const whole = normalizeDigits(
      { ...written, digits: written.withoutFraction, isExact: false },
      region,
    );
    if (whole.ok || whole.reason === "AMBIGUOUS") return whole;
  }
  return normalizeDigits(written, region);
}

function normalizeDigits(
  written: WrittenNumber,
  region: Region | undefined,
): NormalizedPhoneNumber {
  const number = written.international
    ? normalizeInternational(written.digits, written.isExact)
    : region === undefined
      ? normalizeWithoutRegion(written.digits)
      : normalizeNational(written, region);
  const isDoubtful = number.ok && written.hasZeroInBrackets && isZeroDoubtful(number.e164);
  return isDoubtful ? refused("AMBIGUOUS") : number;
}

/**
 * @param digits what follows the `+`
 * @param isExact whether a number that is not possible is accepted as it stands
 */
function normalizeInternational(digits: string, isExact: boolean): NormalizedPhoneNumber {
  if (digits.startsWith("0")) return refused("INVALID_COUNTRY_CODE");
  const number = `+${digits}`;
  // What was taken off may have been a part of the number after all; only a possible number tells.
  if (isExact && isSettledE164(number)) return accepted(number);
  const e164 = readInternational(number);
  if (e164 !== undefined) return accepted(e164);
  if (digits.length < MIN_INTERNATIONAL_DIGITS) return refused("TOO_SHORT");
  if (digits.length > MAX_INTERNATIONAL_DIGITS) return refused("TOO_LONG");
  return isExact ? accepted(number) : refused(lengthFault(number));
}

function normalizeWithoutRegion(digits: string): NormalizedPhoneNumber {
  if (digits.startsWith("00")) return normalizeInternational(digits.slice(2), false);
  const isShort = digits.length <= MAX_SHORT_CODE_DIGITS_ANYWHERE;
  return refused(isShort ? "SHORT_CODE" : "NO_COUNTRY_CODE");
}

function normalizeNational(
  { digits, isSolid, namedRegions }: WrittenNumber,
  region: Region,
): NormalizedPhoneNumber {
  const [dialledAbroad] = afterInternationalPrefixes(digits, region);
  // Dialled in the region that a remark names, they may be somebody else's number here.
  const isElsewhere = namedRegions.some((named) => named !== region);
  if (isElsewhere && dialledAbroad === undefined) return refused("NO_COUNTRY_CODE");
  const reading = readNational(digits, region, isSolid);
  if (reading === "AMBIGUOUS") return refused(reading);
  if (reading !== undefined) return accepted(reading);
  if (dialledAbroad !== undefined) return normalizeInternational(dialledAbroad, false);
  const fault = lengthFault(digits, region);
  const isShort = fault === "TOO_SHORT" || fault === "NOT_A_NUMBER";
  if (isShort && digits.length <= MAX_SHORT_CODE_DIGITS) return refused("SHORT_CODE");
  return refused(fault);
}

function accepted(e164: string): NormalizedPhoneNumber {
  return { ok: true, e164 };
}

function refused(reason: RejectionReason): NormalizedPhoneNumber {
  return { ok: false, reason };
}
