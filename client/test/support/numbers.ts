import * as fc from "fast-check";
import { getCountries, getCountryCallingCode } from "libphonenumber-js/min";
import metadata from "libphonenumber-js/min/metadata";
import { type Plan, plansOfCode } from "../../src/numbers/plans.ts";

export const CALLING_CODES = [
  ...Object.keys(metadata.country_calling_codes),
  ...Object.keys(metadata.nonGeographic),
];

export const REGIONS = getCountries();

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength, maxLength });

/** What people write before a national number, rightly or wrongly. */
const commonPrefix = fc.constantFrom(
  ..."0 00 000 1 11 01 02 044 045 06 8 80 88 9 90 15 0015 54 52 521 180020".split(" "),
);

const planOf = (callingCode: string) => plansOfCode(callingCode)[0] as Plan;

/** National parts that begin with what the plan's own pattern calls a prefix. */
function prefixed(callingCode: string): fc.Arbitrary<string> | undefined {
  const pattern = planOf(callingCode).nationalPrefix?.source;
  if (pattern === undefined) return undefined;
  return fc.oneof(
    fc.stringMatching(new RegExp(`^(?:${pattern})$`)),
    fc
      .tuple(fc.stringMatching(new RegExp(`^(?:${pattern})$`)), digits(0, 12))
      .map(([prefix, rest]) => prefix + rest),
    fc
      .tuple(
        fc.constantFrom("0", "1", "8"),
        fc.stringMatching(new RegExp(`^(?:${pattern})$`)),
        digits(0, 12),
      )
      .map((parts) => parts.join("")),
  );
}

function nationalParts(callingCode: string): fc.Arbitrary<string> {
  const lengths = planOf(callingCode).lengths;
  const possible = fc.constantFrom(...lengths).chain((length) => digits(length, length));
  const ofPlan = prefixed(callingCode);
  return fc.oneof(
    { weight: 1, arbitrary: digits(1, 14) },
    { weight: 2, arbitrary: possible },
    {
      weight: 2,
      arbitrary: fc.tuple(commonPrefix, possible).map(([prefix, national]) => prefix + national),
    },
    ...(ofPlan === undefined ? [] : [{ weight: 3, arbitrary: ofPlan }]),
  );
}

/** `+` and digits of every calling code, and of none, with a bias to prefixes behind the code. */
export const internationalNumbers: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .constantFrom(...CALLING_CODES)
      .chain((code) => nationalParts(code).map((national) => `+${code}${national}`)),
  },
  { weight: 1, arbitrary: digits(1, 18).map((all) => `+${all}`) },
);

/** A region, and digits as they may be dialled there. */
export const nationalNumbers: fc.Arbitrary<{ region: (typeof REGIONS)[number]; digits: string }> =
  fc.constantFrom(...REGIONS).chain((region) =>
    fc.record({
      region: fc.constant(region),
      digits: fc.oneof(
        nationalParts(getCountryCallingCode(region)),
        nationalParts(getCountryCallingCode(region)).map((part) => `0${part}`),
        nationalParts(getCountryCallingCode(region)).map(
          (part) => getCountryCallingCode(region) + part,
        ),
        internationalNumbers.map((number) => `00${number.slice(1)}`),
      ),
    }),
  );

/**
 * What phones, contact editors and copying out of web pages leave between the digits. Not a stroke,
 * behind which the end of a range or another number may stand.
 */
const SPACES = [
  ..." \t\u00a0\u202f\u2009\u3000\u2007",
  ..."\u200b\u200c\u200d\u200e\u200f\u061c\u00ad\ufeff\u2060",
  ..."\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
];
const DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d";

/** Spaces, and what nobody sees. */
export const spacing: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...SPACES),
  maxLength: 3,
});

/** With dots, dashes and brackets, which sometimes say something: `(0)`, `.0`, ` - `. */
export const formatting: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...SPACES, ...DASHES, ...".-()[]"),
  maxLength: 3,
});
