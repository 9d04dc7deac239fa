import { getCountries, getCountryCallingCode } from "libphonenumber-js/min";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, test } from "vitest";
import { createNormalizer, normalizePhoneNumber } from "../src/numbers/normalize.ts";

function result(input: unknown, defaultRegion?: string): string {
  const number = normalizePhoneNumber(input, { defaultRegion });
  return number.ok ? number.e164 : number.reason;
}

/** The example mobiles of every region, in E.164, that are in no old form of their plan. */
const MOBILES = getCountries()
  .map((region) => ({ code: getCountryCallingCode(region), national: String(examples[region]) }))
  .map((number) => ({ ...number, e164: `+${number.code}${number.national}` }))
  .filter(({ e164 }) => result(e164) === e164);

/** Regions whose prefix for calls abroad is 00, another, or one with codes of carriers. */
const REGIONS = [
  "EG",
  "DE",
  "US",
  "HK",
  "JP",
  "KR",
  "ID",
  "NG",
  "BR",
  "CO",
  "SG",
  "IT",
  "XK",
  "RU",
];

describe("foreign numbers in the book of any region", () => {
  test.each(
    REGIONS,
  )("%s: 00 and a country code is read rightly or refused as ambiguous", (region) => {
    const normalize = createNormalizer({ defaultRegion: region });
    let ambiguous = 0;
    for (const { code, national, e164 } of MOBILES) {
      const written = [`00${code}${national}`, `00 ${code} ${national}`, `00${code}${national}.0`];
      for (const text of written) {
        const number = normalize(text);
        if (number.ok) expect(number.e164, text).toBe(e164);
        else expect(number.reason, text).toBe("AMBIGUOUS");
        if (!number.ok) ambiguous += 1;
      }
    }
    // Singapore's 001 and 008 are the beginnings of most.
    expect(ambiguous / (MOBILES.length * 3)).toBeLessThan(0.3);
  });

  test("are read behind the prefix that the region dials", () => {
    for (const { code, national, e164 } of MOBILES) {
      expect(result(`011${code}${national}`, "US"), e164).toBe(e164);
      expect(result(`00${code}${national}`, "EG"), e164).toBe(e164);
    }
    expect(result("010 49 151 12345672", "JP")).toBe("+4915112345672");
    expect(result("0021 49 151 12345672", "BR")).toBe("+4915112345672");
  });

  test("are refused where the digits are also another's number", () => {
    expect(result("0057 321 123 0001", "CO")).toBe("AMBIGUOUS");
    expect(result("33612345678", "DE")).toBe("AMBIGUOUS");
  });

  test("that begin with 00 in Hong Kong are nobody else's", () => {
    expect(result("0086 138 0013 8001", "HK")).toBe("+8613800138001");
    expect(result("0091 70212 34567", "HK")).toBe("+917021234567");
    expect(result("00852 5123 0001", "HK")).toBe("+85251230001");
    expect(result("0063 917 123 0001", "HK")).toBe("+639171230001");
  });
});

describe("a country code that lost its +", () => {
  test("is read where the number is none of the region's", () => {
    expect(result("4915112345673", "DE")).toBe("+4915112345673");
    expect(result("491711234567", "DE")).toBe("+491711234567");
    expect(result("62 812 345 678", "ID")).toBe("+62812345678");
    expect(result("383 44 123 456", "XK")).toBe("+38344123456");
    expect(result("4915112345672", "EG")).toBe("+4915112345672");
    expect(result("4915112345672")).toBe("NO_COUNTRY_CODE");
  });

  test("does not make the region's own notation doubtful", () => {
    // +64 6 466 2345 would be New Zealand's, +47 92 34 56 78 Norway's.
    expect(result("646 466 2345", "US")).toBe("+16464662345");
    expect(result("479 234 5678", "US")).toBe("+14792345678");
    expect(result("0491 711 2345", "DE")).toBe("+494917112345");
    expect(result("0100 123 4567", "EG")).toBe("+201001234567");
    expect(result("100 123 4567", "EG")).toBe("+201001234567");
  });

  test("is not found in a number at home with a digit too many", () => {
    expect(result("1001234567 8", "EG")).toBe("TOO_LONG");
  });
});

describe("what was put behind, before or into a number", () => {
  test("is not found in digits that stand in groups, as at home", () => {
    for (const [region, written] of [
      ["US", "(415) 555-26712"],
      ["US", "415-555-2671-2"],
      ["ES", "(612) 345 678 90"],
      ["FR", "6 12 34 56 78 90"],
    ] as const) {
      expect(result(written, region), written).toBe("TOO_LONG");
    }
    expect(result("41555526712", "FR")).toBe("+41555526712");
  });

  test("Russia's 8 is no country code, also with a + before it", () => {
    expect(result("+8 (499) 123-45-67", "RU")).toBe("NOT_A_NUMBER");
    expect(result("8 (499) 123-45-67", "RU")).toBe("+74991234567");
  });

  test("the fraction of a spreadsheet", () => {
    expect(result("+49 1711234567.0")).toBe("+491711234567");
    expect(result("(0171) 1234567.0", "DE")).toBe("+491711234567");
    expect(result("+201001230015.0", "EG")).toBe("+201001230015");
    expect(result("201001230016.0", "EG")).toBe("+201001230016");
    expect(result("+4915112345672.0", "EG")).toBe("+4915112345672");
    expect(result("1001230016.00", "EG")).toBe("+201001230016");
    // Not a fraction: nothing is possible without the 0.
    expect(result("+1415555267.0")).toBe("+14155552670");
  });

  test("a country code that stands twice", () => {
    for (const { code, national, e164 } of MOBILES) {
      expect(result(`+${code} +${code} ${national}`), e164).toBe(e164);
      expect(result(`+${code}${code}${national}`), e164).toBe(e164);
      expect(result(`00${code}${code}${national}`), e164).toBe(e164);
    }
  });

  test("a country code that is also the area's stands once in E.164", () => {
    expect(result("+49 491 711 2345")).toBe("+494917112345");
    expect(result("+55 55 91234 5678")).toBe("+5555912345678");
  });

  test("(0) behind a country code", () => {
    const doubtful: string[] = [];
    for (const { code, national, e164 } of MOBILES.filter(({ national }) => national[0] !== "0")) {
      for (const text of [`+${code} (0) ${national}`, `+${code}(0)${national}`]) {
        if (result(text) === "AMBIGUOUS") doubtful.push(code);
        else expect(result(text), text).toBe(e164);
      }
      if (!["39", "247"].includes(code)) expect(result(`00${code} 0${national}`)).toBe(e164);
    }
    // Numbers of Ascension and Italy begin with 0, or don't, and both may be valid.
    expect([...new Set(doubtful)].sort()).toEqual(["247", "39"]);
    expect(result("+48 (0) 22 512 00 01", "DE")).toBe("+48225120001");
    expect(result("+48 0 512 345 672", "DE")).toBe("+48512345672");
    expect(result("0048 (0) 512 345 672", "DE")).toBe("+48512345672");
    expect(result("+44 (0)20 7946 0018")).toBe("+442079460018");
    expect(result("+44(0)20 7946 0018")).toBe("+442079460018");
    expect(result("+39 (0)6 1234 5678")).toBe("+390612345678");
    expect(result("+39 (0)347 123 4567")).toBe("+393471234567");
    expect(result("+39 (0)35 123 4567")).toBe("+390351234567");
  });

  test("codes of carriers", () => {
    expect(result("0 21 11 91234-5678", "BR")).toBe("+5511912345678");
    expect(result("(0xx11) 91234-5678", "BR")).toBe("+5511912345678");
    expect(result("0xx11 91234-5678", "BR")).toBe("+5511912345678");
    expect(result("+55 (0xx11) 91234-5678", "EG")).toBe("+5511912345678");
    expect(result("03 321 123 0001", "CO")).toBe("+573211230001");
  });
});

describe("a number that is not possible", () => {
  test("is accepted as it stands only behind a + and exactly as written", () => {
    expect(result("+999 123 4567")).toBe("+9991234567");
    expect(result("00 999 123 4567", "EG")).toBe("INVALID_COUNTRY_CODE");
    expect(result("00 999 123 4567")).toBe("INVALID_COUNTRY_CODE");
    expect(result("011 999 123 4567", "US")).toBe("INVALID_COUNTRY_CODE");
    expect(result("+999 123 4567 x12")).toBe("INVALID_COUNTRY_CODE");
    expect(result("tel:1234567;phone-context=+999")).toBe("INVALID_COUNTRY_CODE");
  });
});
