import * as fc from "fast-check";
import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberWithError,
  validatePhoneNumberLength,
} from "libphonenumber-js/min";
import metadata from "libphonenumber-js/min/metadata";
import examples from "libphonenumber-js/mobile/examples";
import { describe, expect, test } from "vitest";
import {
  afterInternationalPrefixes,
  e164Of,
  isPossible,
  isWrittenWithPrefix,
  lengthFault,
  parseNumber,
} from "../src/numbers/numbering-plans.ts";
import { isNumberOf, planOfRegion, plansOfCode } from "../src/numbers/plans.ts";
import { runs } from "./support/runs.ts";

// The reader of numbering plans is our own, and what it answers is hashed: in everything that is asked
// of it, it must be libphonenumber-js, whose metadata it has.

const REGIONS = getCountries();
const CODES = [
  ...Object.keys(metadata.country_calling_codes),
  ...Object.keys(metadata.nonGeographic),
];

/** The library's methods that its types leave out. */
interface PlanOfLibrary {
  possibleLengths(): number[];
  IDDPrefix(): string | 0;
  nationalPrefixForParsing(): string | undefined;
  formats(): {
    leadingDigitsPatterns(): string[];
    nationalPrefixIsMandatoryWhenFormattingInNationalFormat(): boolean;
  }[];
}

function planOfLibrary(name: string): PlanOfLibrary {
  const reader = new Metadata();
  reader.selectNumberingPlan(name as CountryCode);
  return reader.numberingPlan as unknown as PlanOfLibrary;
}

function readByLibrary(text: string, region: CountryCode | undefined) {
  try {
    const number = parsePhoneNumberWithError(text, {
      ...(region === undefined ? {} : { defaultCountry: region }),
      extract: false,
    });
    return {
      e164: number.number,
      nationalNumber: number.nationalNumber,
      callingCode: number.countryCallingCode,
      region: number.country,
      isPossible: number.isPossible(),
      isValid: number.isValid(),
    };
  } catch (error) {
    return (error as Error).message;
  }
}

function read(text: string, region: CountryCode | undefined) {
  const number = parseNumber(text, region);
  if (number === undefined) return undefined;
  const { callingCode, nationalNumber, plan } = number;
  return {
    e164: e164Of(number),
    nationalNumber,
    callingCode,
    region: plan.region,
    isPossible: isPossible(number),
    isValid: isNumberOf(plan, nationalNumber),
  };
}

/** The library names a region only where it is sure; where it is not, the main one's plan is asked. */
function expectSame(text: string, region: CountryCode | undefined) {
  const about = `${text} in ${region}`;
  const expected = readByLibrary(text, region);
  const answer = read(text, region);
  if (typeof expected === "string") expect(answer, about).toBeUndefined();
  else {
    const main = plansOfCode(expected.callingCode)[0]?.region;
    expect(answer, about).toEqual({ ...expected, region: expected.region ?? main });
  }
  const fault = validatePhoneNumberLength(text, region) ?? "INVALID_LENGTH";
  expect(lengthFault(text, region), about).toBe(fault.replace(/COUNTRY$/, "COUNTRY_CODE"));
}

/** National numbers of each type of a plan, and how they begin, as its patterns have them. */
const samples = new Map<string, string[]>();
for (const [name, plan] of Object.entries({ ...metadata.countries, ...metadata.nonGeographic })) {
  const [, abroad, pattern, , , prefix, , prefixForParsing, , , leading, types] =
    plan as unknown as (string | undefined)[];
  const ofTypes = ((types || []) as unknown as ([string] | undefined)[]).map((type) => type?.[0]);
  const patterns = [abroad, pattern, prefix, prefixForParsing, leading, ...ofTypes];
  const drawn = patterns
    .filter(Boolean)
    .flatMap((source) =>
      fc.sample(fc.stringMatching(new RegExp(`^(?:${source})$`)), { numRuns: 12, seed: 1 }),
    );
  samples.set(name, [...new Set([...drawn, String(examples[name as CountryCode] ?? "")])]);
}

/** What may stand before digits somewhere in the world, or by mistake. */
const PREFIXES = [
  ..." 0 00 000 1 11 8 80 88 9 90 15 01 02 044 045 06 52 54 521 180020".split(" "),
  ..."011 0011 001 005 008 010 0015 0021 0041 119 1400 810 00700 09 +".split(" "),
];

/** A row of numbers that look random, the same for the same seed. */
function choices(seed: number) {
  let state = seed | 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  const of = <Item>(items: readonly Item[]) => items[below(items.length)] as Item;
  const digits = (count: number) => Array.from({ length: count }, () => String(below(10))).join("");
  return { below, of, digits };
}

/** Digits that are, or nearly are, a number of the plan. */
function nationalDigits({ below, of, digits }: ReturnType<typeof choices>, plan: string): string {
  const sample = of(samples.get(plan) ?? [""]);
  switch (below(6)) {
    case 0:
      return digits(1 + below(19));
    case 1:
      return sample + digits(below(3));
    case 2:
      return sample.slice(0, -1 - below(3));
    case 3:
      return of(samples.get(plan) ?? [""]) + sample;
    case 4:
      return sample.slice(0, 1 + below(5)) + digits(below(10));
    default:
      return sample;
  }
}

describe("the reader of numbering plans", () => {
  test("reads digits as libphonenumber-js does, in every region and behind every calling code", () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = choices(seed);
        for (let count = 0; count < 50; count += 1) {
          const home = random.of(REGIONS);
          const plan = random.below(3) === 0 ? random.of(CODES) : home;
          const code = /^\d/.test(plan) ? plan : getCountryCallingCode(plan as CountryCode);
          const name = plansOfCode(plan)[0]?.region ?? plan;
          const national = random.of(PREFIXES) + nationalDigits(random, name);
          const digits =
            random.below(2) === 0 ? national : `${random.of(PREFIXES)}${code}${national}`;
          const text = digits.replace(/(.)\+/g, "$1").slice(0, 41);
          if (!/^\+?\d*$/.test(text)) continue;
          expectSame(text, random.below(8) === 0 ? undefined : home);
          expectSame(`+${code}${national.replace(/\D/g, "")}`, undefined);
          compared += 2;
        }
      }),
      { numRuns: runs(200) },
    );
    expect(compared).toBeGreaterThan(runs(200) * 50);
  });

  test("reads numbers of any length, and beginnings of numbers", () => {
    for (const region of [undefined, ...REGIONS]) {
      for (const text of ["", "+", "0", "+0", "00", "1", "+1", "12", "+12", "123", "+123", "999"]) {
        expectSame(text, region);
      }
      if (region === undefined) continue;
      const example = String(examples[region]);
      for (const tail of ["", "1", "12", "1234567890123456789"]) {
        const code = getCountryCallingCode(region);
        for (let length = 1; length <= example.length; length += 1) {
          const digits = example.slice(0, length) + tail;
          for (const text of [digits, `0${digits}`, code + digits, `+${code}${digits}`]) {
            expectSame(text, region);
          }
        }
      }
    }
  });

  test("knows the same calling codes and regions", () => {
    for (let code = 0; code <= 1_100; code += 1) {
      expect(plansOfCode(String(code)).length > 0, `${code}`).toBe(CODES.includes(String(code)));
    }
    for (const name of ["", "1", "+1", "01", "__proto__", "constructor", "EG"]) {
      expect(plansOfCode(name)).toHaveLength(name === "1" ? 25 : 0);
    }
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    for (const name of letters.flatMap((one) => letters.map((other) => one + other))) {
      expect(planOfRegion(name)?.region).toBe(isSupportedCountry(name) ? name : undefined);
    }
    for (const name of ["", "eg", "EGY", "20", "__proto__", "EG "]) {
      expect(planOfRegion(name)).toBeUndefined();
    }
  });

  test("knows the same lengths, prefixes and regions of a code", () => {
    for (const code of CODES) {
      const regions = (metadata.country_calling_codes as Record<string, string[]>)[code];
      const plans = plansOfCode(code);
      expect(plans.map(({ region }) => region)).toEqual(regions ?? [undefined]);
      for (const plan of plans) {
        const expected = planOfLibrary(plan.region ?? code);
        expect(plan.callingCode).toBe(code);
        expect(plan.lengths).toEqual(expected.possibleLengths());
        expect(plan.internationalPrefix.source).toBe(expected.IDDPrefix() || "");
        expect(plan.nationalPrefix?.source).toBe(expected.nationalPrefixForParsing() || undefined);
      }
    }
  });

  test("knows which numbers are written with a prefix in any case", () => {
    const random = choices(7);
    for (const region of REGIONS) {
      const formats = planOfLibrary(region).formats();
      const beginnings = formats.map((format) => ({
        begins: new RegExp(`^(?:${format.leadingDigitsPatterns().slice(-1)[0] ?? ""})`),
        mandatory: format.nationalPrefixIsMandatoryWhenFormattingInNationalFormat(),
      }));
      const drawn = formats.flatMap((format) =>
        fc.sample(
          fc.stringMatching(
            new RegExp(`^(?:${format.leadingDigitsPatterns().slice(-1)[0] ?? ""})$`),
          ),
          { numRuns: 20, seed: 1 },
        ),
      );
      const tried = [...drawn, ...(samples.get(region) ?? []), ""];
      for (const digits of [...tried, ...Array.from({ length: 300 }, () => random.digits(8))]) {
        const expected = beginnings.find(({ begins }) => begins.test(digits))?.mandatory ?? false;
        expect(isWrittenWithPrefix(digits, region), `${digits} in ${region}`).toBe(expected);
      }
    }
  });

  test("knows what is dialled before a call abroad", () => {
    for (const region of REGIONS) {
      const whole = new RegExp(`^(?:${planOfLibrary(region).IDDPrefix()})$`);
      const tried = PREFIXES.filter((prefix) => /^\d+$/.test(prefix)).map(
        (prefix) => `${prefix}49`,
      );
      for (const digits of [...tried, "140001149", "00199", "0", ""]) {
        const expected = Array.from({ length: 8 }, (_, index) => index + 1)
          .filter((length) => length < digits.length && digits.charAt(length) !== "0")
          .filter((length) => whole.test(digits.slice(0, length)))
          .map((length) => digits.slice(length));
        expect(afterInternationalPrefixes(digits, region), `${digits} in ${region}`).toEqual(
          expected,
        );
      }
    }
  });
});
