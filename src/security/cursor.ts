import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ContactSyncError } from "@contact-sync/client";
import { deriveKey } from "./key.ts";

/** Turns the place where a page ended into an opaque text, and back. */
export interface Cursors {
  write(ownerId: string, phoneKey: string): string;
  /** @throws ContactSyncError `INVALID_ARGUMENT` for anything that `write` did not make */
  read(ownerId: string, cursor: unknown): string;
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PHONE_KEY_BYTES = 16;

/**
 * Encrypted, because a phone key beside its number would be a dictionary entry for somebody with a
 * dump; and bound to the owner, so that one person's cursor says nothing about another's book.
 */
export function createCursors(key: Buffer): Cursors {
  const cursorKey = deriveKey(key, "cursor");
  return {
    write(ownerId, phoneKey) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, cursorKey, nonce).setAAD(Buffer.from(ownerId));
      const sealed = Buffer.concat([cipher.update(phoneKey, "hex"), cipher.final()]);
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64url");
    },
    read(ownerId, cursor) {
      try {
        const bytes = Buffer.from(String(cursor), "base64url");
        if (bytes.length !== NONCE_BYTES + PHONE_KEY_BYTES + TAG_BYTES) throw new Error("length");
        const decipher = createDecipheriv(CIPHER, cursorKey, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(ownerId))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([opened, decipher.final()]).toString("hex");
      } catch {
        throw new ContactSyncError(
          "INVALID_ARGUMENT",
          "the cursor is not one of this list's; begin again without it",
        );
      }
    },
  };
}
