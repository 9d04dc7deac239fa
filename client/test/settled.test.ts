import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readInternational } from "../src/numbers/international.ts";
import { isSettledE164 } from "../src/numbers/settled.ts";
import { internationalNumbers } from "./support/numbers.ts";
import { runs } from "./support/runs.ts";

// The short cut answers with the number itself. The parser's answer is the same when it either
// finds the number possible and gives it back unchanged, or does not find it possible, in which
// case the number is accepted as it stands.
function parserKeeps(number: string): boolean {
  const parsed = readInternational(number);
  return parsed === undefined || parsed === number;
}

describe("the short cut for numbers in E.164", () => {
  test("gives the parser's answer", () => {
    fc.assert(
      fc.property(internationalNumbers, (number) => !isSettledE164(number) || parserKeeps(number)),
      { numRuns: runs(2_500) },
    );
  });

  test("is taken by every ordinary number, and left by those that begin with a prefix", () => {
    const ordinary = ["+201001234567", "+14155552671", "+5491123456789", "+393123456789"];
    const withZero = ["+390612345678", "+2250707123456", "+2290197120001", "+242061234567"];
    for (const number of [...ordinary, ...withZero, "+84701234567", "+5511912345678"]) {
      expect(isSettledE164(number), number).toBe(true);
    }
    for (const number of [
      "+4402079460018",
      "+5215512345678",
      "+541115234567",
      "+78005553535",
      "+22997120001",
      "+551182345678",
    ]) {
      expect(isSettledE164(number), number).toBe(false);
    }
  });

  test("does not take what is no E.164, however close", () => {
    const strings = ["", "+", "+0123456789", "201001234567", "+123456", "+1234567890123456"];
    for (const text of [...strings, "+20100123456٧", "+201001234567\n", " +201001234567"]) {
      expect(isSettledE164(text), JSON.stringify(text)).toBe(false);
    }
  });
});
