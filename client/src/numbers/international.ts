import { e164Of, isPossible, isValid, parseNumber } from "./numbering-plans.ts";
import type { ParsedNumber } from "./parse-number.ts";
import { movedNumber } from "./plan-moves.ts";
import { isSettledE164 } from "./settled.ts";

/** Removing a national prefix may uncover another; more than the parser's 17 national digits never. */
const MAX_ROUNDS = 18;

/**
 * Calling codes some of whose numbers begin with 0 behind them, so that a 0 there may belong to the
 * number. Behind every other it is a national prefix that was left, as in `+48 (0) 512 …`, also
 * where the plan has none. test/international.test.ts holds that none is missing.
 */
const CODES_WITH_ZERO = new Set(
  "39 47 62 81 82 91 225 226 227 229 241 242 247 250 267 268 359 378 501 507 598 676 679 687 800 853 881 888 974 992".split(
    " ",
  ),
);

/**
 * The E.164 form of `+` and digits when libphonenumber finds a reading of it possible (a question of
 * its length alone); otherwise undefined.
 *
 * Reads until the answer no longer changes: in `+43 00 …` the parser removes one 0 at a time, and a
 * number must not depend on how often it was normalised on its way.
 */
export function readInternational(number: string): string | undefined {
  let stable = readOnce(number);
  for (let round = 1; stable !== undefined && round < MAX_ROUNDS; round += 1) {
    if (isSettledE164(stable)) return stable;
    const next = readOnce(stable);
    if (next === undefined || next === stable) return stable;
    stable = next;
  }
  return stable;
}

/** Whether the number that was read has the pattern of its plan. */
export function isValidE164(e164: string): boolean {
  const number = parseNumber(e164);
  return number !== undefined && isValid(number);
}

function readOnce(text: string): string | undefined {
  const number = parseNumber(text);
  if (number === undefined) return undefined;
  const { callingCode: code, nationalNumber: digits } = number;
  const moved = movedNumber(code, digits);
  if (moved !== undefined) return moved;
  const possible = isPossible(number);
  if (possible && !/^0/.test(digits) && !digits.startsWith(code)) return e164Of(number);
  return (
    withoutZero(code, digits, possible) ??
    withoutRepeatedCode(code, digits, possible) ??
    (possible ? e164Of(number) : undefined)
  );
}

/**
 * `+48 (0) 512 345 672` → `+48512345672`. Where numbers may begin with 0, it is dropped from what
 * is impossible with it, or possible but invalid, and valid without (`+39 (0) 347 …`).
 */
function withoutZero(code: string, digits: string, possible: boolean): string | undefined {
  const rest = digits.replace(/^0+/, "");
  if (rest === digits || rest === "") return undefined;
  const zeroMayBelong = CODES_WITH_ZERO.has(code);
  const as = `+${code}${digits}`;
  if (zeroMayBelong && possible && isValidE164(as)) return undefined;
  const without = readPossible(parseNumber(`+${code}${rest}`));
  if (without === undefined) return undefined;
  return zeroMayBelong && possible && !isValidE164(without) ? undefined : without;
}

/**
 * `+20 20 100 123 4567` → `+201001234567`, when it is impossible as it stands, or possible but
 * invalid, and valid with the code once.
 */
function withoutRepeatedCode(code: string, digits: string, possible: boolean): string | undefined {
  const rest = digits.replace(/^0+/, "");
  if (!rest.startsWith(code) || (possible && isValidE164(`+${code}${digits}`))) return undefined;
  const once = readPossible(parseNumber(`+${rest}`));
  return once !== undefined && possible && !isValidE164(once) ? undefined : once;
}

/**
 * Whether a 0 behind the country code, which somebody put in brackets, may belong to the number as
 * well as not: `+39 (0)351 123 4567` is a mobile's number with a 0 too many, or Bergamo's.
 */
export function isZeroDoubtful(e164: string): boolean {
  const number = parseNumber(e164);
  if (number === undefined || !number.nationalNumber.startsWith("0")) return false;
  const without = readPossible(
    parseNumber(`+${number.callingCode}${number.nationalNumber.replace(/^0+/, "")}`),
  );
  // Italian mobiles of nine digits are of the last century, its fixed lines with (0) are not.
  const isRare = without !== undefined && /^\+39\d{1,9}$/.test(without);
  return without !== undefined && !isRare && isValidE164(without);
}

/** The number after the moves of its plan, when that is possible. */
export function readPossible(number: ParsedNumber | undefined): string | undefined {
  if (number === undefined) return undefined;
  const moved = movedNumber(number.callingCode, number.nationalNumber);
  return moved ?? (isPossible(number) ? e164Of(number) : undefined);
}
