import * as fc from "fast-check";
import { parsePhoneNumberFromString as parseToday } from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { parsePhoneNumberFromString as parseInstalled } from "libphonenumber-js-1.11/max";
import metadata from "libphonenumber-js-1.11/min/metadata";
import { describe, expect, test, vi } from "vitest";
import { plansText } from "../../scripts/compose/plans.js";
import { normalizePhoneNumber as today } from "../src/numbers/normalize.ts";
import vectors from "../vectors/phone-numbers.json" with { type: "json" };
import { internationalNumbers, nationalNumbers, REGIONS } from "./support/numbers.ts";
import { runs } from "./support/runs.ts";

// A phone whose app was installed in August 2024 and the server of today: libphonenumber-js 1.11.7
// and the version that the client has. Between the two Benin's plan grew from eight digits to ten,
// and the patterns of nearly every plan changed.
//
// The package's public face has no place to give metadata to, so the normaliser is loaded once more
// with those of then, and the modules are forgotten again: other files' tests share this process.
vi.resetModules();
vi.doMock("../src/numbers/plan-data.ts", () => ({ PLANS: plansText(metadata) }));
const { normalizePhoneNumber: installed } = await import("../src/numbers/normalize.ts");
vi.doUnmock("../src/numbers/plan-data.ts");
vi.resetModules();

/** Numbers of more than 15 digits, which some patterns allow, are no E.164. */
const isValidInEither = (answer: string) =>
  /^\+\d{1,15}$/.test(answer) &&
  [parseToday(answer), parseInstalled(answer)].some(
    (number) => number?.number === answer && number.isValid(),
  );

const read = (normalize: typeof today, text: string, defaultRegion?: string) => {
  const number = normalize(text, { defaultRegion });
  return number.ok ? number.e164 : number.reason;
};

describe("two versions of the metadata", () => {
  test("are two: the older one refuses what is dialled in Benin today", () => {
    expect(read(today, "01 97 12 00 01", "BJ")).toBe("+2290197120001");
    expect(read(installed, "01 97 12 00 01", "BJ")).toBe("TOO_LONG");
  });

  test("read every golden vector in international notation alike", () => {
    for (const { input, e164, region } of vectors) {
      if (e164 === undefined || !input.startsWith("+")) continue;
      expect(read(installed, input, region ?? undefined), input).toBe(e164);
    }
  });

  test("read every region's mobile alike, and its old form where the plan moved", () => {
    for (const region of REGIONS) {
      const number = String(examples[region]);
      const e164 = read(today, number, region);
      if (e164.startsWith("+")) expect(read(installed, e164), e164).toBe(e164);
    }
    expect(read(installed, "+229 97 12 00 01")).toBe("+2290197120001");
    expect(read(installed, "97 12 00 01", "BJ")).toBe("+2290197120001");
    expect(read(installed, "+229 01 97 12 00 01")).toBe("+2290197120001");
  });

  test("read a number that is valid in either alike, behind a +", () => {
    fc.assert(
      fc.property(internationalNumbers, nationalNumbers, (number, { digits, region }) => {
        const answers = [
          read(today, number),
          read(installed, number),
          read(today, digits, region),
          read(installed, digits, region),
        ];
        for (const e164 of answers.filter(isValidInEither)) {
          expect([read(today, e164), read(installed, e164)], e164).toEqual([e164, e164]);
        }
      }),
      { numRuns: runs(300) },
    );
  });

  test("never give two valid numbers for one in national notation", () => {
    fc.assert(
      fc.property(nationalNumbers, ({ digits, region }) => {
        const answers = [read(today, digits, region), read(installed, digits, region)];
        if (answers[0] === answers[1]) return;
        expect(answers.every(isValidInEither), `${region} ${digits}: ${answers.join(" ")}`).toBe(
          false,
        );
      }),
      { numRuns: runs(300) },
    );
  });
});
