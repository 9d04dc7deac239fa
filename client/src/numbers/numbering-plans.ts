import {
  Metadata,
  type NumberingPlan,
  parsePhoneNumberWithError,
  validatePhoneNumberLength,
} from "libphonenumber-js/min";
import type { RejectionReason } from "../protocol/rejections.ts";
import { withoutMexicanPrefix } from "./mexico.ts";
import type { Region } from "./regions.ts";

// Everything that is asked of libphonenumber. Its metadata come with the package, whose version is
// pinned exactly: another version may answer differently, and then phone hashes no longer agree.

/**
 * The E.164 form of `+` and digits, or of digits dialled in a region, when libphonenumber finds it
 * possible (a question of its length alone); otherwise undefined.
 */
export function parsePossible(text: string, region?: Region): string | undefined {
  try {
    // Nothing but digits comes here, so there is nothing to extract them from.
    const parsed = parsePhoneNumberWithError(text, {
      ...(region === undefined ? {} : { defaultCountry: region }),
      extract: false,
    });
    const number = withoutMexicanPrefix(parsed.number);
    return number !== parsed.number || parsed.isPossible() ? number : undefined;
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

const internationalPrefixes = new Map<Region, RegExp>();

/**
 * What follows the prefix for calls abroad (`00`, in the USA `011`) as it is dialled in a region;
 * undefined when the digits do not begin with it. No country code begins with 0, so a 0 behind the
 * prefix says that it was none.
 */
export function afterInternationalPrefix(digits: string, region: Region): string | undefined {
  let pattern = internationalPrefixes.get(region);
  if (pattern === undefined) {
    pattern = new RegExp(`^(?:${planOf(region).IDDPrefix()})`);
    internationalPrefixes.set(region, pattern);
  }
  const prefix = pattern.exec(digits)?.[0];
  if (prefix === undefined || digits.charAt(prefix.length) === "0") return undefined;
  return digits.slice(prefix.length);
}

/** The plan's method that the library's types leave out. */
interface PlanWithPrefix extends NumberingPlan {
  /** A pattern of what may precede a national number, such as `0`, also with a carrier's code. */
  nationalPrefixForParsing(): string | undefined;
}

/** @param plan a region, or a calling code, whose main region's plan it then is */
export function planOf(plan: Region | string): PlanWithPrefix {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(plan as Region);
  return metadata.numberingPlan as PlanWithPrefix;
}
