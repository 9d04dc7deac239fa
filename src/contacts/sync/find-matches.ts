import type { HashedPhoneNumbers, SyncResult } from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { Engine } from "../../engine/engine.ts";
import { MATCH_COLUMNS, type MatchRow, toMatches, toRepeated } from "./sync-result.ts";

/** What names entries of the call. */
export type FoundMatches = Pick<SyncResult, "rejected" | "repeated" | "matches">;

/**
 * What a sync of these entries would list now, without syncing them: those that can't be read,
 * those that repeat another, and those of the owner's stored contacts who have accounts.
 */
export async function findMatches(
  engine: Engine,
  userId: string,
  hashed: HashedPhoneNumbers,
): Promise<FoundMatches> {
  const { uuid: ownerId } = engine.users.of(userId, "userId");
  return engine.forOwner(ownerId, async (book) => {
    const row = await book.sql.call<MatchRow>(
      "contact_sync_find_matches",
      [ownerId, new UuidArray(book.cipher.encryptToBytes(hashed.hashes))],
      MATCH_COLUMNS,
    );
    return {
      rejected: hashed.rejected,
      repeated: toRepeated(hashed.repeated),
      matches: await toMatches(book, row, hashed),
    };
  });
}
