import { ContactSyncError } from "../protocol/errors.ts";
import type { Region } from "./plan-data.ts";
import { planOfRegion } from "./plans.ts";

/** Two upper-case letters of ISO 3166-1 (and `XK`, `AC`, `TA`) that have a numbering plan. */
export type { Region };

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
  if (!isRegion(upperCase)) {
    const hint = upperCase === "UK" ? "; the United Kingdom is GB" : "";
    throw new ContactSyncError("INVALID_REGION", `No region is called ${upperCase}${hint}`);
  }
  return upperCase;
}

/** What else the regions are called that people write beside numbers most. */
const ABBREVIATIONS = new Map([
  ["UK", "GB"],
  ["USA", "US"],
  ["UAE", "AE"],
  ["KSA", "SA"],
]);

const CAPITALS = /^[A-Z]{2,3}$/;
const FLAG = /[\u{1f1e6}-\u{1f1ff}]{2}/gu;
const FLAG_SHIFT = 0x1f1e6 - 0x41;

/** The regions that a text names by two capital letters, an abbreviation or a flag. */
export function regionsNamedIn(text: string): Region[] {
  const letters = text.replace(FLAG, (flag) => {
    const both = Array.from(flag, (part) => (part.codePointAt(0) as number) - FLAG_SHIFT);
    return ` ${String.fromCharCode(...both)} `;
  });
  const names = letters.split(/[^A-Za-z]+/).filter((word) => CAPITALS.test(word));
  return names.map((name) => ABBREVIATIONS.get(name) ?? name).filter(isRegion);
}

function isRegion(name: string): name is Region {
  return planOfRegion(name) !== undefined;
}
