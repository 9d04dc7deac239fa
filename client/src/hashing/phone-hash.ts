import { ContactSyncError } from "../protocol/errors.ts";
import { halfSha256 } from "./sha256.ts";

/**
 * SHA-256 of a text's UTF-8, as bytes or as hexadecimal text in lower case. Inject a native one
 * where speed matters; in Node: `(text) => hash("sha256", text)` from `node:crypto`.
 */
export type Sha256 = (text: string) => Uint8Array | string;

/** Characters of a phone hash: 16 bytes in hexadecimal. */
export const PHONE_HASH_LENGTH = 32;
const SHA256_HEX_LENGTH = 64;
const SHA256_BYTES = 32;

const HASHABLE = /^\+\d{4,20}$/;
const PHONE_HASH = /^[0-9a-f]{32}$/;
const ANY_HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * The phone hash of a number in E.164: the first 16 bytes of its SHA-256, 32 characters of
 * lower-case hexadecimal. A phone hash is personal data, as the number is: it is easily reversed.
 *
 * @param e164 what `normalizePhoneNumber` gave
 * @throws ContactSyncError `INVALID_PHONE_NUMBER` for anything else, since a hash of an unnormalised
 *   number would never match anybody
 */
export const phoneHash: (e164: string) => string = createPhoneHasher(halfSha256);

/**
 * `phoneHash` over another implementation of SHA-256; the rule stays the same.
 *
 * @throws ContactSyncError `INVALID_ARGUMENT`, when hashing, where that gives no SHA-256, but a promise
 *   of one, as `expo-crypto` does
 */
export function createPhoneHasher(sha256: Sha256): (e164: string) => string {
  return (e164) => {
    if (typeof e164 !== "string" || !HASHABLE.test(e164)) {
      throw new ContactSyncError("INVALID_PHONE_NUMBER", "Only a number in E.164 can be hashed", {
        details: { reason: "NOT_A_NUMBER" },
      });
    }
    const digest: unknown = sha256(e164);
    // Not by class: what a test's environment gives may be of another realm.
    const isBytes = ArrayBuffer.isView(digest);
    const hash = isBytes ? firstBytesHex(digest as Uint8Array) : canonicalPhoneHash(digest);
    if (hash === null) {
      throw new ContactSyncError(
        "INVALID_ARGUMENT",
        "sha256 must answer 32 bytes or 64 hexadecimal characters, and no promise",
      );
    }
    return hash;
  };
}

/**
 * A phone hash in its one canonical form, from 32 hexadecimal characters or a whole SHA-256 of 64,
 * in any case; null for anything else.
 */
export function canonicalPhoneHash(input: unknown): string | null {
  if (typeof input !== "string") return null;
  const { length } = input;
  // The length first: regular expressions flatten and walk through a huge string.
  if (length !== PHONE_HASH_LENGTH && length !== SHA256_HEX_LENGTH) return null;
  if (PHONE_HASH.test(input)) return input;
  return ANY_HASH.test(input) ? input.slice(0, PHONE_HASH_LENGTH).toLowerCase() : null;
}

function firstBytesHex(digest: Uint8Array): string | null {
  if (digest.length !== SHA256_BYTES) return null;
  let hex = "";
  for (let index = 0; index < PHONE_HASH_LENGTH / 2; index += 1)
    hex += HEX[digest[index] as number];
  return hex;
}
