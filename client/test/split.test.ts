import * as fc from "fast-check";
import { getExampleNumber } from "libphonenumber-js";
import examples from "libphonenumber-js/examples.mobile.json";
import { describe, expect, test } from "vitest";
import { hashPhoneNumbers } from "../src/hashing/hash-phone-numbers.ts";
import { phoneHash } from "../src/hashing/phone-hash.ts";
import { normalizePhoneNumber } from "../src/numbers/normalize.ts";
import { splitPhoneNumbers } from "../src/numbers/split.ts";
import { REGIONS } from "./support/numbers.ts";
import { runs } from "./support/runs.ts";

/** A mobile number of each region, as libphonenumber's own examples have them. */
const EXAMPLES = REGIONS.flatMap((region) => getExampleNumber(region, examples) ?? []);

const SEPARATORS = [
  ...[";", "; ", ",", ", ", "/", " / ", "|", " | ", "\n", "\r\n", " ::: ", " - ", " & "],
  ...[" or ", " oder ", " ou ", " y ", " и ", " و ", " 或 ", ", or ", "、", "، ", "؛ ", "\u2028"],
];

describe("two numbers in a value", () => {
  test.each([
    ["01001230006;01112220006", "01001230006", "01112220006"],
    ["0100 123 0018, 0111 222 0018", "0100 123 0018", "0111 222 0018"],
    ["+20 100 123 0006 +20 111 222 0006", "+20 100 123 0006", "+20 111 222 0006"],
    ["+201001230006+201112220006", "+201001230006", "+201112220006"],
    ["01001230006 01112220006", "01001230006", "01112220006"],
    ["01001230006-01112220006", "01001230006", "01112220006"],
    ["0100 123 0006 - 0111 222 0006", "0100 123 0006", "0111 222 0006"],
    ["030/1234567 / 030/7654321", "030/1234567", "030/7654321"],
    ["12345678/87654321", "12345678", "87654321"],
    ["٠١٠٠١٢٣٤٥٦٧ و ٠١١١٢٢٢٠٠٠٦", "٠١٠٠١٢٣٤٥٦٧", "٠١١١٢٢٢٠٠٠٦"],
    ["📱 +20 100 123 0006 ☎ +20 2 2579 0001", "📱 +20 100 123 0006", "☎ +20 2 2579 0001"],
    ["Mob 0100 123 0006 Tel 02 2579 0001", "Mob 0100 123 0006", "Tel 02 2579 0001"],
    ["0100 123 0006 (work); Home: 02 2579 0001", "0100 123 0006 (work)", "Home: 02 2579 0001"],
    ["(415) 555-0106 (US; Signal), 415 555 0107", "(415) 555-0106 (US; Signal)", "415 555 0107"],
    ["0100 123 0006, ext 12; 0111 222 0006", "0100 123 0006, ext 12", "0111 222 0006"],
    ["0100 123 0006; Ada; 0111 222 0006", "0100 123 0006; Ada", "0111 222 0006"],
    [
      "+16465588656,,123456789#; +442034815240,,123456789#",
      "+16465588656,,123456789#",
      "+442034815240,,123456789#",
    ],
  ])("%s", (value, ...parts) => {
    expect(splitPhoneNumbers(value)).toEqual(parts);
    expect(normalizePhoneNumber(value, { defaultRegion: "EG" })).toEqual({
      ok: false,
      reason: "SEVERAL_NUMBERS",
    });
  });

  test("of any two regions, in E.164, whatever separates them", () => {
    const number = fc.constantFrom(...EXAMPLES);
    fc.assert(
      fc.property(number, number, fc.constantFrom(...SEPARATORS, " "), (one, other, separator) => {
        const value = `${one.number}${separator}${other.number}`;
        expect(splitPhoneNumbers(value), value).toEqual([one.number, other.number]);
      }),
      { numRuns: runs(2_000) },
    );
  });

  test("of any two regions, as they are written abroad", () => {
    const number = fc.constantFrom(...EXAMPLES);
    fc.assert(
      fc.property(number, number, fc.constantFrom(...SEPARATORS, " "), (one, other, separator) => {
        const written = [one.formatInternational(), other.formatInternational()];
        const value = written.join(separator);
        expect(splitPhoneNumbers(value), value).toEqual(written);
      }),
      { numRuns: runs(2_000) },
    );
  });
});

describe("one number in a value, as it is", () => {
  test.each([
    ["an extension", "+1 415 555 0100;123"],
    ["an extension that says so", "+1 415 555 0100 ext. 1234567"],
    ["a parameter", "tel:+14155552671;ext=1234567"],
    ["a meeting's", "+16465588656,,123456789#,,,,*123#"],
    ["a meeting's, after one pause", "+16465588656,123456789#"],
    ["an area code before a stroke", "0221/123456"],
    ["an area code before a stroke", "030/1234567"],
    ["a long area code before a stroke", "+49 35201 / 1234567"],
    ["a range", "030 12345-67/68"],
    ["coordinates", "52.520008, 13.404954"],
    ["percents", "tel:%2B1%20415%20555%202671%2C%2C1234567"],
    ["a broken number", "+20100\ufffd1234567"],
    ["letters", "GB29 NWBK 60161331926819"],
    ["a word", "Ada; Bob, or both"],
    ["nothing", ""],
    ["spaces", "  "],
    ["the number, not trimmed", " +20 100 123 0006 ;"],
  ])("%s: %s", (_, value) => {
    expect(splitPhoneNumbers(value)).toEqual([value]);
  });

  test("what can't be divided beyond doubt, which is refused", () => {
    for (const value of ["030 1234567, 7654321", "1234567/7654321", "01001230017,,01112220017"]) {
      expect(splitPhoneNumbers(value)).toEqual([value]);
      expect(normalizePhoneNumber(value, { defaultRegion: "DE" }), value).toEqual({
        ok: false,
        reason: "SEVERAL_NUMBERS",
      });
    }
  });

  test("what is longer than anything that is looked at", () => {
    const long = "0100 123 0006;".repeat(200);
    expect(splitPhoneNumbers(long)).toEqual([long]);
  });
});

describe("whatever the value", () => {
  const piece = fc.oneof(
    fc.constantFrom(...EXAMPLES).map((example) => example.formatNational()),
    fc.constantFrom(...EXAMPLES).map((example) => example.formatInternational()),
    fc.constantFrom(...SEPARATORS),
    fc.constantFrom("123", "1234567", "+", "(", ")", "x", "#", "*", ",,", "Mob: ", "(work)", "📱"),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  const values = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(""));

  test("no part is divided any further, and all digits are in the parts", () => {
    fc.assert(
      fc.property(values, (value) => {
        const parts = splitPhoneNumbers(value);
        for (const part of parts) expect(splitPhoneNumbers(part), value).toEqual([part]);
        expect(parts.join("").replace(/\D/g, "")).toBe(value.replace(/\D/g, ""));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test("its parts, normalised, are what hashPhoneNumbers gives", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(...REGIONS), (value, defaultRegion) => {
        const numbers = splitPhoneNumbers(value).map((part) =>
          normalizePhoneNumber(part, { defaultRegion }),
        );
        const read = new Set(numbers.flatMap((number) => (number.ok ? [number.e164] : [])));
        const { hashes, indexes, rejected } = hashPhoneNumbers([value], { defaultRegion });
        expect(hashes).toEqual([...read].map(phoneHash));
        expect(indexes).toEqual(hashes.map(() => 0));
        expect(rejected).toEqual(
          numbers.flatMap((number) => (number.ok ? [] : [{ index: 0, reason: number.reason }])),
        );
      }),
      { numRuns: runs(1_000) },
    );
  });
});
