import { hash } from "node:crypto";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { halfSha256 } from "../src/hashing/sha256.ts";
import { runs } from "./support/runs.ts";

const half = (digest: string) => digest.slice(0, 32);
const audited = (text: string) => half(bytesToHex(sha256(Buffer.from(text, "latin1"))));
const nodes = (text: string) => half(hash("sha256", Buffer.from(text, "latin1"), "hex"));

describe("SHA-256 of one block", () => {
  test("is the standard's: FIPS 180-4's example, and CAVP's messages of whole bytes that fit", () => {
    // https://csrc.nist.gov/projects/cryptographic-algorithm-validation-program/secure-hashing,
    // SHA256ShortMsg.rsp.
    const vectors = [
      ["", "e3b0c44298fc1c149afbf4c8996fb924"],
      ["d3", "28969cdfa74a12c82f3bad960b0b000a"],
      ["11af", "5ca7133fa735326081558ac312c620ee"],
      ["b4190e", "dff2e73091f6c05e528896c4c831b944"],
      ["74ba2521", "b16aa56be3880d18cd41e68384cf1ec8"],
      ["616263", "ba7816bf8f01cfea414140de5dae2223"],
    ] as const;
    for (const [message, digest] of vectors) {
      expect(halfSha256(Buffer.from(message, "hex").toString("latin1"))).toBe(digest);
    }
  });

  test("is Node's and the audited library's for every length that fits, and each byte", () => {
    for (let length = 0; length <= 55; length += 1) {
      for (const text of ["\u00ff", "\u0000", "a", "+201001234567"].map((unit) =>
        unit.repeat(55).slice(0, length),
      )) {
        expect(halfSha256(text), `${length}`).toBe(nodes(text));
        expect(halfSha256(text), `${length}`).toBe(audited(text));
      }
    }
    for (let byte = 0; byte < 256; byte += 1) {
      const text = String.fromCharCode(byte);
      expect(halfSha256(text)).toBe(nodes(text));
    }
  });

  test("is theirs for any text, whatever was hashed before", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 55 }), (bytes) => {
        const text = Buffer.from(bytes).toString("latin1");
        expect(halfSha256(text)).toBe(nodes(text));
        expect(halfSha256(text)).toBe(audited(text));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test("refuses a text that needs a second block", () => {
    expect(() => halfSha256("1".repeat(56))).toThrow(RangeError);
  });
});
