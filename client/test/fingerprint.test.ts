import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFingerprint, halfSipHash } from "../src/hashing/fingerprint.ts";
import { runs } from "./support/runs.ts";

/**
 * HalfSipHash-2-4-64 of the bytes 00 01 02 …, of even lengths from 0, with the key 00 01 … 07:
 * `vectors_hsip64` of https://github.com/veorq/SipHash/blob/master/vectors.h.
 */
const VECTORS = [
  "218d1f59b9b83cc8",
  "064f39ef7c50eb57",
  "d5e78a175be52ea1",
  "ce3e91358aa2bc25",
  "edfee820bce4858c",
  "95b0469f06a6f2ee",
  "7bc71f9faef5c799",
  "3bb1a870eae8e658",
  "7336aad25f7bf3b5",
  "c9b2db2b9a3e42f9",
  "1bf52b0a6feea7db",
];

const wordsOf = (hash: string) => {
  const bytes = Buffer.from(hash, "hex");
  return [0, 4].map((at) => bytes.readUInt32LE(at).toString(16).padStart(8, "0")).join("");
};

describe("a fingerprint", () => {
  test("is HalfSipHash", () => {
    VECTORS.forEach((hash, half) => {
      const bytes = Buffer.from(Array.from({ length: 2 * half }, (_, byte) => byte));
      expect(halfSipHash(bytes.toString("utf16le"), 0x03020100, 0x07060504)).toBe(wordsOf(hash));
    });
  });

  test("is the same for the same text, salt and region, and no other", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(
      fc.property(text, text, text, text, (one, other, salt, otherSalt) => {
        const fingerprint = createFingerprint(salt, "EG");
        expect(fingerprint(one)).toMatch(/^[0-9a-f]{16}$/);
        expect(createFingerprint(salt, "EG")(one)).toBe(fingerprint(one));
        expect(fingerprint(one) === fingerprint(other)).toBe(one === other);
        expect(createFingerprint(salt, "DE")(one)).not.toBe(fingerprint(one));
        const isSame = createFingerprint(otherSalt, "EG")(one) === fingerprint(one);
        expect(isSame).toBe(salt === otherSalt);
      }),
      { numRuns: runs(1_000) },
    );
  });

  test("tells long texts apart by any of their characters, and by their length", () => {
    const fingerprint = createFingerprint("salt", "");
    const seen = new Set<string>();
    const text = "1".repeat(300);
    for (let at = 0; at < 300; at += 1) {
      seen.add(fingerprint(`${text.slice(0, at)}2${text.slice(at + 1)}`));
      seen.add(fingerprint("\u0000".repeat(at)));
    }
    expect(seen.size).toBe(600);
  });
});
