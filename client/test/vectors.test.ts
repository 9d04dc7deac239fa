import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { phoneHash } from "../src/hashing/phone-hash.ts";
import { normalizePhoneNumber } from "../src/numbers/normalize.ts";
import { REJECTION_REASONS } from "../src/protocol/rejections.ts";
import vectors from "../vectors/phone-numbers.json" with { type: "json" };

// The vectors are what installed apps and servers agree on. A change that breaks one is a change of
// stored phone keys: it needs a migration, not a new vector.
describe("golden vectors", () => {
  test("cover many countries and each reason that a text can be refused for", () => {
    expect(vectors.length).toBeGreaterThanOrEqual(150);
    const callingCodes = new Set(vectors.map(({ e164 }) => e164?.slice(0, 3)));
    expect(callingCodes.size).toBeGreaterThan(50);
    const reasons = new Set(vectors.map(({ reason }) => reason).filter(Boolean));
    const others = Object.keys(REJECTION_REASONS).filter((reason) => reason !== "NOT_A_STRING");
    expect([...reasons].sort()).toEqual(others.sort());
  });

  test.each(vectors)("$about: $input", ({ input, region, e164, reason, phone_hash }) => {
    const number = normalizePhoneNumber(input, { defaultRegion: region });
    expect(number).toEqual(e164 === undefined ? { ok: false, reason } : { ok: true, e164 });
    if (e164 === undefined) return;
    expect(phoneHash(e164)).toBe(phone_hash);
    expect(createHash("sha256").update(e164).digest("hex").slice(0, 32)).toBe(phone_hash);
  });
});
