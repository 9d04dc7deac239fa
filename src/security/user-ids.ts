import { createHmac } from "node:crypto";
import { createBox } from "./box.ts";
import { deriveKey } from "./key.ts";

/** What an app calls its users: UUIDs, or texts of any form. */
export type UserIdKind = "uuid" | "text";

const UUID_BYTES = 16;

/**
 * The UUID that stands for a text in the database: the first 16 bytes of its HMAC-SHA256, as a
 * version 8 (RFC 9562). The same text, character by character, is always the same UUID; without the
 * secret nobody can make it, nor try texts to find out whose it is.
 */
export function uuidOfText(secret: Buffer, text: string): string {
  const bytes = createHmac("sha256", secret).update(text).digest().subarray(0, UUID_BYTES);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80; // version
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80; // variant
  return bytes.toString("hex").replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

/** What one sealing key does for the secret of users' UUIDs. */
export interface UserIdSecrets {
  /** The secret of a database that has none yet. It stays that one when the key is changed. */
  first(): Buffer;
  /** For the database to keep. */
  seal(secret: Buffer): Buffer;
  /** @throws Error for what was not sealed with this key */
  open(sealed: Buffer): Buffer;
}

const CONTEXT = "the secret of users' UUIDs";

export function createUserIdSecrets(key: Buffer): UserIdSecrets {
  const box = createBox(deriveKey(key, "user-id-secret"));
  return {
    first: () => deriveKey(key, "user-id"),
    seal: (secret) => box.encrypt(secret, CONTEXT),
    open: (sealed) => box.decrypt(sealed, CONTEXT),
  };
}
