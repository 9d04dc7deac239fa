import { isNumberOf, type Plan, planOfRegion, plansOfCode } from "./plans.ts";

// How libphonenumber reads digits: which part of them is a calling code, and what before the national
// number is no part of it. This is libphonenumber-js' parser (MIT License, client/NOTICE) without all
// that it does to texts, step by step, since another answer would be another phone hash:
// test/libphonenumber.test.ts compares the two.

/** A number as it was read, possible or not. */
export interface ParsedNumber {
  /** Of the region that the number is known to be of; otherwise of the calling code's main region. */
  readonly plan: Plan;
  readonly callingCode: string;
  /** The digits behind the calling code. */
  readonly nationalNumber: string;
}

/** Why digits can't be read. */
export type ParseFault = "NOT_A_NUMBER" | "INVALID_COUNTRY_CODE" | "TOO_SHORT" | "TOO_LONG";

/** The ITU says 15 with the calling code; libphonenumber has found longer ones in Germany. */
const MAX_NATIONAL_DIGITS = 17;
const MIN_NATIONAL_DIGITS = 2;
const MAX_CODE_DIGITS = 3;

/**
 * @param text digits, perhaps with a `+` before them
 * @param region where they are dialled without a `+`
 */
export function parse(text: string, region: string | undefined): ParsedNumber | ParseFault {
  const isInternational = text.startsWith("+");
  const digits = isInternational ? text.slice(1) : text;
  if (digits === "") return "NOT_A_NUMBER";
  if (digits.length < (isInternational ? 3 : 2)) return "TOO_SHORT";
  const home = region === undefined || isInternational ? undefined : planOfRegion(region);
  const abroad = isInternational ? digits : home && behindInternationalPrefix(digits, home);
  if (abroad !== undefined) return parseAbroad(abroad);
  if (home === undefined) return "INVALID_COUNTRY_CODE";
  const shorter = behindOwnCode(digits, home);
  const plan = shorter === undefined ? home : (plansOfCode(home.callingCode)[0] as Plan);
  return parseNational(shorter ?? digits, plan);
}

/** @param digits a calling code and what follows it */
function parseAbroad(digits: string): ParsedNumber | ParseFault {
  for (let length = 1; length <= MAX_CODE_DIGITS && length <= digits.length; length += 1) {
    const [plan] = plansOfCode(digits.slice(0, length));
    if (plan !== undefined) return parseNational(digits.slice(length), plan);
  }
  return "INVALID_COUNTRY_CODE";
}

function parseNational(digits: string, plan: Plan): ParsedNumber | ParseFault {
  const nationalNumber = withoutPrefix(digits, plan);
  const { length } = nationalNumber;
  if (length < MIN_NATIONAL_DIGITS) return "TOO_SHORT";
  if (length > MAX_NATIONAL_DIGITS) return "TOO_LONG";
  const { callingCode } = plan;
  return { plan: exactPlan(callingCode, nationalNumber) ?? plan, callingCode, nationalNumber };
}

/** What follows the region's prefix for calls abroad; undefined where the digits are none. */
function behindInternationalPrefix(digits: string, home: Plan): string | undefined {
  const prefix = home.internationalPrefix.begins.exec(digits)?.[0] ?? "";
  const rest = digits.slice(prefix.length);
  // No calling code begins with 0.
  return prefix === "" || rest === "" || rest.startsWith("0") ? undefined : rest;
}

/**
 * What follows the region's own calling code, whose `+` is missing: where the digits are a national
 * number without it alone, or too many with it.
 */
function behindOwnCode(digits: string, home: Plan): string | undefined {
  const { callingCode, numbers } = home;
  if (!digits.startsWith(callingCode)) return undefined;
  const shorter = digits.slice(callingCode.length);
  const national = withoutPrefix(digits, home);
  const isMeant = !numbers.whole.test(national) && numbers.whole.test(withoutPrefix(shorter, home));
  return isMeant || lengthFaultIn(home, national) === "TOO_LONG" ? shorter : undefined;
}

/** Without the national prefix, unless they are a number with it alone, or too few without it. */
function withoutPrefix(digits: string, plan: Plan): string {
  const rest = prefixRemoved(digits, plan);
  const { numbers } = plan;
  if (rest === digits || (numbers.whole.test(digits) && !numbers.whole.test(rest))) return digits;
  const fault = lengthFaultIn(exactPlan(plan.callingCode, rest) ?? plan, rest);
  return fault === undefined || fault === "TOO_LONG" ? rest : digits;
}

function prefixRemoved(digits: string, { nationalPrefix, replacement }: Plan): string {
  const match = nationalPrefix?.begins.exec(digits);
  if (nationalPrefix === undefined || match === undefined || match === null) return digits;
  const [prefix] = match;
  const holdsDigits = match.length > 1 && Boolean(match[match.length - 1]);
  return replacement !== undefined && holdsDigits
    ? digits.replace(nationalPrefix.begins, replacement)
    : digits.slice(prefix.length);
}

/** The plan of the region that has the number, among those that share a calling code. */
function exactPlan(callingCode: string, nationalNumber: string): Plan | undefined {
  const plans = plansOfCode(callingCode);
  return plans.length === 1 ? plans[0] : plans.find((plan) => isOwn(plan, nationalNumber));
}

function isOwn(plan: Plan, nationalNumber: string): boolean {
  const { ownNumbers, types } = plan;
  if (ownNumbers !== undefined) return ownNumbers.begins.test(nationalNumber);
  return types !== undefined && isNumberOf(plan, nationalNumber);
}

/** Why a plan has no number of that length. */
export function lengthFaultIn(
  { lengths }: Plan,
  nationalNumber: string,
): "TOO_SHORT" | "TOO_LONG" | "INVALID_LENGTH" | undefined {
  const { length } = nationalNumber;
  if (lengths.includes(length)) return undefined;
  if (length < (lengths[0] as number)) return "TOO_SHORT";
  return length > (lengths[lengths.length - 1] as number) ? "TOO_LONG" : "INVALID_LENGTH";
}
