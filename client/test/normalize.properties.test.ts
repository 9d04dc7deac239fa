import * as fc from "fast-check";
import {
  type CountryCode,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from "libphonenumber-js/min";
import { describe, expect, test } from "vitest";
import { type NormalizedPhoneNumber, normalizePhoneNumber } from "../src/numbers/normalize.ts";
import { REJECTION_REASONS } from "../src/protocol/rejections.ts";
import {
  CALLING_CODES,
  formatting,
  internationalNumbers,
  nationalNumbers,
  REGIONS,
  spacing,
} from "./support/numbers.ts";
import { runs } from "./support/runs.ts";

const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0xff10, 0x1d7ce];
const someRegion = fc.option(fc.constantFrom(...REGIONS), { nil: undefined });

describe("normalisation", () => {
  test("is stable: what it gives, it gives again, whatever the region", () => {
    fc.assert(
      fc.property(internationalNumbers, nationalNumbers, someRegion, (number, national, region) => {
        const answers = [
          normalizePhoneNumber(number, { defaultRegion: region }),
          normalizePhoneNumber(national.digits, { defaultRegion: national.region }),
        ];
        for (const answer of answers) {
          if (answer.ok) {
            expect(normalizePhoneNumber(answer.e164, { defaultRegion: region })).toEqual(answer);
          }
        }
      }),
      { numRuns: runs(600) },
    );
  });

  test("is stable behind any row of prefixes", () => {
    for (const callingCode of CALLING_CODES) {
      for (const prefix of ["0", "1", "8", "9", "15"]) {
        for (let count = 1; prefix.length * count <= 12; count += 1) {
          const number = `+${callingCode}${prefix.repeat(count)}${"23456789".slice(count >> 1)}`;
          const answer = normalizePhoneNumber(number);
          if (answer.ok) expect(normalizePhoneNumber(answer.e164), number).toEqual(answer);
        }
      }
    }
  });

  const written = fc
    .oneof(
      internationalNumbers.map((text) => ({ text, region: undefined })),
      nationalNumbers.map(({ digits, region }) => ({ text: digits, region })),
    )
    .chain((number) => fc.record({ number: fc.constant(number), zero: fc.constantFrom(...ZEROS) }));

  function format(text: string, gaps: readonly string[], zero: number): string {
    const characters = [...text].map((character, position) => {
      const isDigit = character >= "0" && character <= "9";
      return (
        gaps[position] + (isDigit ? String.fromCodePoint(zero + Number(character)) : character)
      );
    });
    return characters.join("") + gaps[29];
  }

  /** In blocks that long two numbers may be meant, which is refused. */
  const isRefusedAsSeveral = (answer: NormalizedPhoneNumber, text: string) =>
    !answer.ok && answer.reason === "SEVERAL_NUMBERS" && text.length >= 14;

  /** What spreadsheets leave of a foreign number is read where nothing stands between the digits. */
  const isForeignWithoutPlus = (text: string, region: CountryCode | undefined, e164: string) =>
    region !== undefined && e164.charAt(1) === text.charAt(0);

  test("does not depend on spaces, nor on whose digits they are", () => {
    fc.assert(
      fc.property(
        written,
        fc.array(spacing, { minLength: 30, maxLength: 30 }),
        ({ number: { text, region }, zero }, gaps) => {
          const options = { defaultRegion: region };
          const answer = normalizePhoneNumber(format(text, gaps, zero), options);
          const plain = normalizePhoneNumber(text, options);
          if (isRefusedAsSeveral(answer, text)) return;
          if (!answer.ok && plain.ok && isForeignWithoutPlus(text, region, plain.e164)) return;
          expect(answer).toEqual(plain);
        },
      ),
      { numRuns: runs(600) },
    );
  });

  test("is no other number for its dots, dashes and brackets", () => {
    fc.assert(
      fc.property(
        written,
        fc.array(formatting, { minLength: 30, maxLength: 30 }),
        ({ number: { text, region }, zero }, gaps) => {
          const options = { defaultRegion: region };
          const formatted = format(text, gaps, zero);
          // A zero in brackets, or behind a point, may be none of the number's.
          if (/0$/.test(text) || /[([][^)\]]*[)\]]/.test(formatted)) return;
          const answer = normalizePhoneNumber(formatted, options);
          const plain = normalizePhoneNumber(text, options);
          if (answer.ok && plain.ok) expect(answer).toEqual(plain);
        },
      ),
      { numRuns: runs(600) },
    );
  });

  test("gives what libphonenumber finds valid in national notation, unless there is another reading", () => {
    fc.assert(
      fc.property(nationalNumbers, ({ region, digits }) => {
        const parsed = parsePhoneNumberFromString(digits, {
          defaultCountry: region,
          extract: false,
        });
        if (!parsed?.isValid()) return;
        const answer = normalizePhoneNumber(digits, { defaultRegion: region });
        if (!answer.ok && answer.reason === "AMBIGUOUS") return;
        // Behind 00 and digits of a carrier the parser knows one reading, and there may be others.
        if (/^0[01]|^810/.test(digits)) return;
        // Behind the region's own country code its + may be missing, and zeros of the trunk follow.
        if (digits.startsWith(getCountryCallingCode(region))) return;
        // Through its own E.164, so that the rules for stability and moved plans apply to both.
        expect(answer).toEqual(normalizePhoneNumber(parsed.number));
      }),
      { numRuns: runs(600) },
    );
  });

  test("never throws, and refuses only with a known reason", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(..."+0123456789 ()-.,;x#*~/=tel:pw%2Bext\u202a٣\ud800") }),
      fc.anything(),
    );
    fc.assert(
      fc.property(text, someRegion, (input, region) => {
        const answer = normalizePhoneNumber(input, { defaultRegion: region });
        if (answer.ok) expect(answer.e164).toMatch(/^\+[1-9]\d{4,19}$/);
        else expect(Object.keys(REJECTION_REASONS)).toContain(answer.reason);
      }),
      { numRuns: runs(1_000) },
    );
  });
});
