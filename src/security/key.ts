import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { ContactSyncError } from "@contact-sync/client";

export const KEY_BYTES = 32;

/** What a derived key is for. A purpose never shares its key with another. */
export type KeyPurpose =
  | "seal"
  | "cursor"
  | "changes"
  | "token"
  | "fingerprint"
  | "answer"
  | "receipt"
  | "user-id"
  | "user-id-secret"
  | "check";

/**
 * Reads `CONTACT_SYNC_KEY`: 32 bytes as 64 hex characters or as base64, nothing else.
 *
 * @throws ContactSyncError `INVALID_KEY`, which never quotes it
 */
export function parseKey(text: unknown): Buffer {
  const given = typeof text === "string" ? text.trim() : "";
  if (/^[0-9a-f]{64}$/i.test(given)) return Buffer.from(given, "hex");
  // 32 bytes are 43 base64 characters and one "="; the last carries four bits, so it is one of 16.
  if (/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(given)) return Buffer.from(given, "base64");
  throw new ContactSyncError(
    "INVALID_KEY",
    "the key must be 32 bytes, written as 64 hex characters or as base64; `contact-sync generate-key` makes one",
  );
}

/** A new random key, as 64 hex characters. */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString("hex");
}

/** Derives the key of one purpose by HKDF-SHA256 (RFC 5869). */
export function deriveKey(key: Buffer, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", `contact-sync/${purpose}/v1`, KEY_BYTES));
}

export interface KeyCheck {
  /** Tells keys apart in messages; says nothing about the key. */
  readonly keyId: string;
  /** Equal only under the same key. */
  readonly checkValue: string;
}

/** What a sealed database records of its key, to know it again. */
export function keyCheck(key: Buffer): KeyCheck {
  const mac = createHmac("sha256", deriveKey(key, "check"));
  const digest = mac.update("contact-sync key check").digest("hex");
  return { keyId: digest.slice(0, 8), checkValue: digest.slice(8) };
}
