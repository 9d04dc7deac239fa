import { describe, expect, test } from "vitest";
import { assertRegion } from "../src/numbers/regions.ts";
import { isContactSyncError } from "../src/protocol/errors.ts";
import { REGIONS } from "./support/numbers.ts";

function fault(region: unknown): string {
  try {
    assertRegion(region);
  } catch (error) {
    if (isContactSyncError(error)) return error.message;
  }
  return "";
}

describe("a default region", () => {
  test("is given back in upper case", () => {
    for (const region of REGIONS) {
      expect(assertRegion(region)).toBe(region);
      expect(assertRegion(region.toLowerCase())).toBe(region);
    }
  });

  test("may be missing", () => {
    expect(assertRegion(undefined)).toBeUndefined();
    expect(assertRegion(null)).toBeUndefined();
  });

  test("is refused when unknown, with a hint for the one that everybody gets wrong", () => {
    expect(fault("ZZ")).toBe("INVALID_REGION: No region is called ZZ");
    expect(fault("uk")).toMatch(/GB$/);
  });

  test("is not quoted unless it is two letters, since it may be a phone number", () => {
    for (const region of ["+201001234567", "", "EGY", 20, {}, ["EG"], "ΕG", "eı", "001"]) {
      expect(fault(region)).toBe("INVALID_REGION: The default region is not two letters, as in EG");
    }
  });
});
