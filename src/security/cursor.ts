import { invalid } from "../input/arguments.ts";
import { createSealedTexts } from "./sealed-text.ts";

/** Turns the place where a page ended into an opaque text, and back. */
export interface Cursors {
  write(ownerId: string, place: string): string;
  /** @throws ContactSyncError `INVALID_ARGUMENT` for anything that `write` did not make */
  read(ownerId: string, cursor: unknown): string;
}

/**
 * Of a list of contacts, whose place is a phone key. Encrypted, because a phone key beside its
 * number would be a dictionary entry for somebody with a dump; and bound to the owner, so that one
 * person's cursor says nothing about another's book.
 */
export function createCursors(key: Buffer): Cursors {
  const texts = createSealedTexts(key, "cursor");
  return {
    write: (ownerId, phoneKey) => texts.seal(Buffer.from(phoneKey, "hex"), ownerId),
    read: (ownerId, cursor) =>
      opened(
        () => texts.open(cursor, ownerId).toString("hex"),
        "the cursor is not one of this list's; begin again without it",
      ),
  };
}

// Known to no history: list_contact_changes() begins anew with it.
const BEFORE_ALL = "1.0.0..c";

/**
 * Of an owner's changes, whose place is the database's own text and may hold a phone key as well.
 *
 * @param isRotated whether the database had another key before: what looks like a cursor and can't be
 *   opened may be of that one, and begins anew
 */
export function createChangeCursors(key: Buffer, schema: string, isRotated = false): Cursors {
  const texts = createSealedTexts(key, "changes");
  const contextOf = (ownerId: string) => `${schema} ${ownerId}`;
  return {
    write: (ownerId, place) => texts.seal(Buffer.from(place), contextOf(ownerId)),
    read: (ownerId, cursor) =>
      isRotated && texts.isSealed(cursor) && !opens(ownerId, cursor)
        ? BEFORE_ALL
        : opened(
            () => texts.open(cursor, contextOf(ownerId)).toString(),
            "since is not a cursor of this owner's changes; begin again without it, and list the contacts",
          ),
  };

  function opens(ownerId: string, cursor: unknown): boolean {
    try {
      texts.open(cursor, contextOf(ownerId));
      return true;
    } catch {
      return false;
    }
  }
}

function opened(open: () => string, refusal: string): string {
  try {
    return open();
  } catch {
    throw invalid(refusal);
  }
}
