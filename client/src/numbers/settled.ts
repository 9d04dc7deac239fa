import { movedPlanCandidate } from "./plan-moves.ts";
import { plansOfCode } from "./plans.ts";

// Few things are done to digits behind a + that are long enough: where they begin with what the
// calling code's plan knows as a national prefix, the parser may remove or rewrite that; a 0 or a
// second country code may be dropped; a plan may have moved. Where none of these begins, or matches
// nothing, the answer is the number itself, be it possible (accepted) or not (accepted as it
// stands). test/settled.test.ts proves it.

const E164 = /^\+[1-9]\d{6,14}$/;
const MAX_E164_LENGTH = 16;

/** The zeros that may be too many, where ordinary numbers begin with 0. */
const DOUBTFUL_ZEROS: Readonly<Record<string, string>> = {
  // Behind 0 begins an area: 2 Milan, 6 Rome, and those of two digits whose second is 0, 1, 5 or 9.
  39: "0(?!(?:2\\d|6[0-57-9]|[13-9][0159])\\d{3,8}$)",
  225: "0(?![157]\\d{8}$)",
  229: "0(?!1\\d{8}$)",
  242: "0(?!\\d{8}$)",
};

/** Calling code → a pattern (sticky) of what may be changed behind it; null where there is no such code. */
const prefixes = new Map<string, RegExp | null>();

/**
 * Whether a text is in E.164 and certainly what the parser would answer. False says nothing: ask
 * the parser.
 */
export function isSettledE164(text: string): boolean {
  // The length first: a regular expression would walk through, and flatten, a huge string.
  if (text.length > MAX_E164_LENGTH || !E164.test(text)) return false;
  // Calling codes have one to three digits, and none begins with another.
  for (let end = 2; end <= 4; end += 1) {
    const code = text.slice(1, end);
    let prefix = prefixes.get(code);
    if (prefix === undefined) {
      prefix = whatMayBeChangedBehind(code);
      prefixes.set(code, prefix);
    }
    if (prefix !== null) {
      prefix.lastIndex = end;
      return !prefix.test(text) || prefix.lastIndex === end;
    }
  }
  // An unassigned calling code: the parser knows nothing about it either.
  return true;
}

function whatMayBeChangedBehind(code: string): RegExp | null {
  const [plan] = plansOfCode(code);
  if (plan === undefined) return null;
  const patterns = [
    movedPlanCandidate(code),
    // The code once more, when enough for a number follows.
    `${code}(?=\\d{${Math.min(...plan.lengths)}})`,
    DOUBTFUL_ZEROS[code] ?? "0",
    // Last, as it may match nothing, which ends the search.
    plan.nationalPrefix?.source,
  ].filter(Boolean);
  return new RegExp(patterns.map((pattern) => `(?:${pattern})`).join("|"), "y");
}
