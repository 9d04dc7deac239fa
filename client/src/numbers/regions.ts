import { type CountryCode, isSupportedCountry } from "libphonenumber-js/min";
import { ContactSyncError } from "../protocol/errors.ts";

/** Two upper-case letters of ISO 3166-1 (and `XK`, `AC`, `TA`) that have a numbering plan. */
export type Region = CountryCode;

/**
 * Checks a default region, the country from which national numbers are dialled.
 *
 * @param region two letters in any case; undefined or null: none
 * @returns the region in upper case, or undefined for none
 * @throws ContactSyncError `INVALID_REGION`
 */
export function assertRegion(region: unknown): Region | undefined {
  if (region === undefined || region === null) return undefined;
  if (typeof region !== "string" || !/^[A-Za-z]{2}$/.test(region)) {
    // Not quoted: somebody may have swapped the arguments and given a phone number.
    throw new ContactSyncError("INVALID_REGION", "The default region is not two letters, as in EG");
  }
  const upperCase = region.toUpperCase();
  if (!isSupportedCountry(upperCase)) {
    const hint = upperCase === "UK" ? "; the United Kingdom is GB" : "";
    throw new ContactSyncError("INVALID_REGION", `No region is called ${upperCase}${hint}`);
  }
  return upperCase;
}
