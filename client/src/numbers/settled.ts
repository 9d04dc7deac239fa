import { Metadata } from "libphonenumber-js/min";
import { MEXICAN_PREFIX_CANDIDATE } from "./mexico.ts";
import { planOf } from "./numbering-plans.ts";

// The parser does one thing to digits behind a + that are long enough: where the calling code's
// plan knows a national prefix and the number begins with it, it may remove or rewrite that. Where
// the prefix's pattern does not match, or matches nothing, the answer is the number itself, be it
// possible (accepted) or not (accepted as it stands). test/settled.test.ts proves it.

const E164 = /^\+[1-9]\d{6,14}$/;
const MAX_E164_LENGTH = 16;

/** Calling code → its plan's prefix pattern (sticky), or null for a plan without one. */
let prefixes: (RegExp | null | undefined)[] | undefined;

/**
 * Whether a text is in E.164 and certainly what the parser would answer. False says nothing: ask
 * the parser.
 */
export function isSettledE164(text: string): boolean {
  // The length first: a regular expression would walk through, and flatten, a huge string.
  if (text.length > MAX_E164_LENGTH || !E164.test(text)) return false;
  prefixes ??= collectPrefixes();
  let callingCode = 0;
  // Calling codes have one to three digits, and none begins with another.
  for (let position = 1; position <= 3; position += 1) {
    callingCode = callingCode * 10 + text.charCodeAt(position) - 48;
    const prefix = prefixes[callingCode];
    if (prefix === null) return true;
    if (prefix !== undefined) {
      prefix.lastIndex = position + 1;
      return !prefix.test(text) || prefix.lastIndex === position + 1;
    }
  }
  // An unassigned calling code: the parser knows nothing about it either.
  return true;
}

function collectPrefixes(): (RegExp | null | undefined)[] {
  const collected: (RegExp | null | undefined)[] = new Array(1000).fill(undefined);
  const metadata = new Metadata();
  for (let callingCode = 1; callingCode <= 999; callingCode += 1) {
    if (!hasCallingCode(metadata, String(callingCode))) continue;
    const pattern =
      callingCode === 52
        ? MEXICAN_PREFIX_CANDIDATE
        : planOf(String(callingCode)).nationalPrefixForParsing();
    collected[callingCode] = pattern ? new RegExp(`(?:${pattern})`, "y") : null;
  }
  return collected;
}

function hasCallingCode(metadata: Metadata, callingCode: string): boolean {
  return Boolean(
    (metadata as Metadata & { hasCallingCode(code: string): boolean | undefined }).hasCallingCode(
      callingCode,
    ),
  );
}
