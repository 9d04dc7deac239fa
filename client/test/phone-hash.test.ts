import { createHash, hash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalPhoneHash, createPhoneHasher, phoneHash } from "../src/hashing/phone-hash.ts";
import { fastest } from "./support/growth.ts";
import { runs } from "./support/runs.ts";

const e164 = fc
  .bigInt({ min: 1_000_000n, max: 999_999_999_999_999n })
  .map((digits) => `+${digits}`);

describe("the phone hash", () => {
  test("is the first half of SHA-256 over the number's UTF-8", () => {
    // `printf %s +201001234567 | sha256sum`, and the guide's own number.
    expect(phoneHash("+201001234567")).toBe("9476e557c9e413deae474978709659f5");
    expect(phoneHash("+1234567890")).toBe("422ce82c6fc1724ac878042f7d055653");
  });

  test("is the same over any implementation of SHA-256, as bytes or as text", () => {
    const asText = createPhoneHasher((text) => hash("sha256", text));
    const asBytes = createPhoneHasher((text) => createHash("sha256").update(text).digest());
    fc.assert(
      fc.property(e164, (number) => {
        const expected = createHash("sha256").update(number, "utf8").digest("hex").slice(0, 32);
        expect(phoneHash(number)).toBe(expected);
        expect(asText(number)).toBe(expected);
        expect(asBytes(number)).toBe(expected);
      }),
      { numRuns: runs(100) },
    );
  });

  test("is refused where the implementation gives no SHA-256", () => {
    const promising = (async (text: string) => hash("sha256", text)) as unknown as () => string;
    for (const sha256 of [
      promising,
      () => "",
      () => new Uint8Array(20),
      () => hash("md5", "").slice(1),
      () => hash("sha256", "", "base64"),
    ]) {
      expect(() => createPhoneHasher(sha256)("+201001234567")).toThrow(
        /^INVALID_ARGUMENT: sha256 /,
      );
    }
    const inCapitals = createPhoneHasher((text) => hash("sha256", text).toUpperCase());
    expect(inCapitals("+201001234567")).toBe(phoneHash("+201001234567"));
  });

  test("is refused to what is not in E.164, without quoting it", () => {
    for (const number of [
      "0100 123 4567",
      "201001234567",
      "+20 100",
      "",
      "+",
      "+abcdefg",
      null,
      5,
    ]) {
      expect(() => phoneHash(number as string)).toThrow(
        /^INVALID_PHONE_NUMBER: Only a number in E.164 can be hashed$/,
      );
    }
  });
});

describe("the canonical phone hash", () => {
  const whole = createHash("sha256").update("+201001234567").digest("hex");
  const half = whole.slice(0, 32);

  test("comes from 32 or 64 hexadecimal characters in any case", () => {
    for (const given of [half, whole, half.toUpperCase(), whole.toUpperCase()]) {
      expect(canonicalPhoneHash(given)).toBe(half);
    }
  });

  test("comes from nothing else", () => {
    const uuid = "01234567-89ab-cdef-0123-456789abcdef";
    const others = [
      uuid,
      `{${half}}`,
      `${half} `,
      ` ${half}`,
      `${half}\n`,
      half.slice(1),
      `0x${half}`,
    ];
    const long = ["a".repeat(33), "a".repeat(63), "a".repeat(65), `${half}${"g".repeat(32)}`];
    const similar = ["ａ".repeat(32), "K".repeat(32), "١".repeat(32), `\u0000${half.slice(1)}`];
    const types = [undefined, null, 0, 32n, [half], { length: 32 }, new String(half)];
    for (const given of [...others, ...long, ...similar, ...types, ""]) {
      expect(canonicalPhoneHash(given)).toBeNull();
    }
  });

  test("takes less time than hashing", async () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) => `+2010${10_000_000 + index}`);
    const hashes = numbers.map(phoneHash);
    const hashing = await fastest(() => numbers.forEach(phoneHash));
    const reading = await fastest(() => hashes.forEach(canonicalPhoneHash));
    expect(reading / hashing).toBeLessThan(0.5);
  });
});
