import { getCountries, getCountryCallingCode } from "libphonenumber-js/min";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, test } from "vitest";
import { normalizePhoneNumber } from "../src/numbers/normalize.ts";

function result(input: string, defaultRegion?: string): string {
  const number = normalizePhoneNumber(input, { defaultRegion });
  return number.ok ? number.e164 : number.reason;
}

/** Region, number today, and its old forms: from abroad, and as dialled at home. */
const MOVED: readonly [region: string, today: string, old: readonly string[]][] = [
  ["BJ", "+2290197120001", ["+229 97 12 00 01", "97 12 00 01", "00229 97120001", "229 97120001"]],
  ["BJ", "+2290121310001", ["+229 21 31 00 01", "21 31 00 01"]],
  ["CI", "+2250101234567", ["+225 01 23 45 67", "01 23 45 67"]],
  ["CI", "+2250544123456", ["+225 44 12 34 56", "44 12 34 56"]],
  ["CI", "+2250709123456", ["+225 09 12 34 56", "09 12 34 56", "00225 09123456"]],
  ["CI", "+2252722412345", ["+225 22 41 23 45", "22 41 23 45"]],
  ["VN", "+84701234567", ["+84 120 123 4567", "0120 123 4567", "84 120 123 4567"]],
  ["VN", "+84391234567", ["+84 (0)169 123 4567", "0169 123 4567"]],
  ["VN", "+84591234567", ["+84 199 123 4567", "0199 123 4567"]],
  ["VN", "+842438234567", ["+84 4 3823 4567", "04 3823 4567"]],
  ["VN", "+842363823456", ["+84 511 382 3456", "0511 382 3456"]],
  ["VN", "+842773823456", ["+84 67 382 3456", "067 382 3456"]],
  ["BR", "+5511982345678", ["+55 11 8234-5678", "(11) 8234-5678", "0 15 11 8234-5678"]],
  ["BR", "+5521996345678", ["+55 21 9634-5678", "021 9634-5678", "55 21 9634 5678"]],
  ["AR", "+5491123456789", ["+54 11 15 2345 6789", "011 15 2345-6789", "+54 9 11 15 2345 6789"]],
  ["AR", "+5493514567890", ["0351 15 456-7890", "+54 351 15 456 7890", "+54 9 351 15 456 7890"]],
  ["MX", "+525512345678", ["+52 1 55 1234 5678", "044 55 1234 5678", "01 55 1234 5678"]],
  ["CO", "+576012345678", ["+57 1 234 5678", "00 57 1 234 5678"]],
  ["MU", "+23057123456", ["+230 712 3456", "712 3456"]],
  ["CM", "+237677123456", ["+237 77 12 34 56", "77 12 34 56"]],
  ["CM", "+237222123456", ["+237 22 12 34 56", "22 12 34 56"]],
  ["GA", "+24166031234", ["+241 06 03 12 34", "06 03 12 34", "+241 6 03 12 34"]],
];

describe("plans that moved by a rule", () => {
  test.each(MOVED)("%s: %s is what its old forms give", (region, today, old) => {
    expect(result(today)).toBe(today);
    for (const text of old) expect(result(text, region), text).toBe(today);
    for (const text of old.filter((form) => form.startsWith("+"))) {
      expect(result(text), text).toBe(today);
      expect(result(text, "DE"), text).toBe(today);
    }
  });

  test("leave alone what is a number of today's plan", () => {
    // São Paulo's fixed lines, and the trunked radio's numbers, which have eight digits.
    for (const number of ["+551131234567", "+551178123456", "+541123456789", "+577461234567"]) {
      expect(result(number), number).toBe(number);
    }
    // Old numbers of Ho Chi Minh City and Huế look like mobiles of today.
    expect(result("+84 8 3823 4567")).toBe("+84838234567");
    expect(result("+84 54 382 3456")).toBe("+84543823456");
    expect(result("+84 67 212 3456")).toBe("+84672123456");
    // Which operator's exchange it was, the digits do not tell.
    expect(result("+225 20 00 12 34")).toBe("+22520001234");
  });

  test("leave every region's example number as it is, but Gabon's, which is an old form", () => {
    const changed = getCountries().filter((region) => {
      const e164 = `+${getCountryCallingCode(region)}${examples[region]}`;
      return result(e164) !== e164;
    });
    expect(changed).toEqual(["GA"]);
  });

  test("leave the West Bank's two country codes apart, as no rule tells them", () => {
    expect(result("+970 59 123 4567")).toBe("+970591234567");
    expect(result("+972 59 123 4567")).toBe("+972591234567");
  });
});
