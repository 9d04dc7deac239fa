import metadata from "libphonenumber-js/max/metadata";
import { getCountries } from "libphonenumber-js/min";
import { describe, expect, test } from "vitest";
import { normalizePhoneNumber } from "../src/numbers/normalize.ts";

/** A plan as the metadata have it: its code, its possible lengths, and the patterns of its types. */
type Plan = readonly [code: string, unknown, unknown, lengths: number[], ...rest: unknown[]];
const TYPES = 11;

/** Valid numbers of a plan that begin with 0, found by trying each beginning of four digits. */
function numbersWithZero(plan: Plan): string[] {
  const types = (plan[TYPES] as ([string] | 0)[]).filter((type) => type !== 0 && type[0] !== "");
  const patterns = types.map((type) => new RegExp(`^(?:${(type as [string])[0]})$`));
  const found: string[] = [];
  for (let head = 0; head < 1_000; head += 1) {
    for (const length of plan[3].filter((digits) => digits >= 6)) {
      for (const tail of ["0", "1", "5", "26"]) {
        const digits = `0${String(head).padStart(3, "0")}`.padEnd(length, tail).slice(0, length);
        if (patterns.some((pattern) => pattern.test(digits))) found.push(digits);
      }
    }
  }
  return found;
}

describe("a 0 behind a country code", () => {
  test("stays wherever valid numbers of the plan begin with one", () => {
    const changed = new Set<string>();
    let tried = 0;
    // Gabon's are the old form of its plan.
    for (const region of getCountries().filter((other) => other !== "GA")) {
      const plan = metadata.countries[region] as unknown as Plan;
      for (const digits of numbersWithZero(plan)) {
        const e164 = `+${plan[0]}${digits}`;
        tried += 1;
        const answer = normalizePhoneNumber(e164);
        if (!answer.ok || answer.e164 !== e164) changed.add(`${region} ${digits.slice(0, 4)}`);
      }
    }
    expect([...changed]).toEqual([]);
    expect(tried).toBeGreaterThan(1_000);
  });
});
