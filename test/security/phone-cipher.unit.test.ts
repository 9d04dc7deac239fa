import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPhoneCipher, UNSEALED } from "../../src/security/phone-cipher.ts";
import { hashOf } from "../support/use-contact-sync.ts";

const KEY = Buffer.alloc(32, 0x5f);
const cipher = createPhoneCipher(KEY);
const phoneHashes = fc.array(
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString("hex")),
);

describe("the cipher", () => {
  // Computed with Python's hmac (RFC 5869) and openssl's aes-256-ecb.
  test("gives these keys for these hashes in every release, or no stored contact would be found", () => {
    expect(cipher.encrypt(["0".repeat(32), "f".repeat(32), hashOf(1)])).toEqual([
      "15a3d152ee0264728539c3e84b09b660",
      "70d20ef58a3e700630b81b347f69858e",
      "3f5dca702a3ab27767e83dde6939d6ce",
    ]);
  });

  test("opens what it sealed, in order, and each block by itself", () => {
    fc.assert(
      fc.property(phoneHashes, (hashes) => {
        const keys = cipher.encrypt(hashes);
        expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
        expect(cipher.decrypt(keys)).toEqual(hashes);
        expect(keys).toEqual(hashes.flatMap((hash) => cipher.encrypt([hash])));
      }),
    );
  });

  test("encrypts to nothing that the hash or another key gives", () => {
    const other = createPhoneCipher(Buffer.alloc(32, 0x60));
    fc.assert(
      fc.property(phoneHashes, (hashes) => {
        cipher.encrypt(hashes).forEach((key, place) => {
          expect(key).not.toBe(hashes[place]);
          expect(key).not.toBe(other.encrypt(hashes)[place]);
        });
      }),
    );
  });

  test("of an unsealed database leaves hashes as they are", () => {
    expect(UNSEALED.encrypt([hashOf(1)])).toEqual([hashOf(1)]);
    expect(UNSEALED.decrypt([hashOf(1)])).toEqual([hashOf(1)]);
  });
});
