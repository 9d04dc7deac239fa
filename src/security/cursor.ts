import { invalid } from "../input/arguments.ts";
import { createBox } from "./box.ts";
import { deriveKey } from "./key.ts";

/** Turns the place where a page ended into an opaque text, and back. */
export interface Cursors {
  write(ownerId: string, phoneKey: string): string;
  /** @throws ContactSyncError `INVALID_ARGUMENT` for anything that `write` did not make */
  read(ownerId: string, cursor: unknown): string;
}

/**
 * Encrypted, because a phone key beside its number would be a dictionary entry for somebody with a
 * dump; and bound to the owner, so that one person's cursor says nothing about another's book.
 */
export function createCursors(key: Buffer): Cursors {
  const box = createBox(deriveKey(key, "cursor"));
  return {
    write: (ownerId, phoneKey) =>
      box.encrypt(Buffer.from(phoneKey, "hex"), ownerId).toString("base64url"),
    read(ownerId, cursor) {
      try {
        if (typeof cursor !== "string") throw new Error("no text");
        return box.decrypt(Buffer.from(cursor, "base64url"), ownerId).toString("hex");
      } catch {
        throw invalid("the cursor is not one of this list's; begin again without it");
      }
    },
  };
}
