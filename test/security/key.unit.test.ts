import { ContactSyncError } from "@contact-sync/client";
import { describe, expect, test } from "vitest";
import { generateKey } from "../../src/index.ts";
import { deriveKey, keyCheck, parseKey } from "../../src/security/key.ts";

const BYTES = Buffer.from(Array.from({ length: 32 }, (_, place) => 7 * place + 1));

// What is expected of the key's derivatives was computed with Python's hmac, by RFC 5869.
describe("the key", () => {
  test("is 32 bytes as 64 hex characters or as base64", () => {
    const hex = BYTES.toString("hex");
    for (const text of [hex, hex.toUpperCase(), ` ${hex}\n`, BYTES.toString("base64")]) {
      expect(parseKey(text)).toEqual(BYTES);
    }
  });

  test.each([
    "",
    "changeme",
    "0".repeat(63),
    "0".repeat(65),
    `${"0".repeat(63)}g`,
    BYTES.subarray(1).toString("base64"),
    BYTES.toString("base64").replace("=", ""),
    // Bits that 32 bytes do not have: not what encoding them gives.
    `${"A".repeat(42)}B=`,
    Buffer.from(Array(32).fill(255)).toString("base64url"),
    `0x${"0".repeat(62)}`,
    undefined,
    null,
    BYTES,
    32,
  ])("is nothing else: %s", (text) => {
    let refused: unknown;
    try {
      parseKey(text);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(ContactSyncError);
    expect(refused).toMatchObject({ code: "INVALID_KEY" });
    // A key that is nearly right is nearly a secret.
    if (typeof text === "string" && text !== "") expect(String(refused)).not.toContain(text);
  });

  test("is made anew each time", () => {
    const keys = Array.from({ length: 20 }, generateKey);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(keys).size).toBe(20);
  });

  test("gives each purpose a key of its own, which stays the same in every release", () => {
    const purposes = ["seal", "cursor", "fingerprint", "check", "changes", "token"] as const;
    const keys = purposes.map((purpose) => deriveKey(BYTES, purpose).toString("hex"));
    expect(new Set([...keys, BYTES.toString("hex")]).size).toBe(7);
    expect(keys).toEqual([
      "2028f38d21b637061b9ea839cc071997913a8f1428f22622e29e58f020171460",
      "427fbe9ce094656ab22874fb1bb812926bc2f250ff3c3eecdb42b77b846baccc",
      "bbed6a1e631afb2d4fe6eed70c746e90e78d5c9a1988d8551abb38de722bfad5",
      "f1381dfe3029d3fa68416863e7113ddca8d6c5c6aeef96810b0f98631ee72d80",
      "46087fce68a5a31e764604f7ba57ece1ede2c519fc71b548f1af58d3580ea411",
      "8d71c377a7c46813cdfd19233dc565d5072a17e76a9a59a30a70879f8b0b9b70",
    ]);
  });

  test("is known again by a check value, which is not the key's own bytes", () => {
    const check = keyCheck(BYTES);
    expect(check).toEqual(keyCheck(Buffer.from(BYTES)));
    expect(check).toEqual({
      keyId: "7ec1cc1f",
      checkValue: "547039e09e14e4395a3cac314e868962edb7341a5076720fde9aad1a",
    });
    const other = keyCheck(Buffer.from(BYTES).reverse());
    expect(other.keyId).not.toBe(check.keyId);
    expect(other.checkValue).not.toBe(check.checkValue);
  });
});
