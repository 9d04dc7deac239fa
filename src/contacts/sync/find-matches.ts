import type { HashedPhoneNumbers, Match, Rejection } from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { Engine } from "../../engine/engine.ts";
import { MATCH_COLUMNS, type MatchRow, toMatches } from "./sync-result.ts";

export interface FoundMatches {
  readonly rejected: Rejection[];
  readonly matches: Match[];
}

/**
 * What a sync of these entries would list now, without syncing them: those that can't be read, and
 * those of the owner's stored contacts who have accounts.
 */
export async function findMatches(
  engine: Engine,
  ownerId: string,
  { hashes, indexes, rejected }: HashedPhoneNumbers,
): Promise<FoundMatches> {
  const row = await engine.sql.call<MatchRow>(
    "contact_sync_find_matches",
    [ownerId, new UuidArray(engine.cipher.encryptToBytes(hashes))],
    MATCH_COLUMNS,
  );
  return { rejected, matches: toMatches(engine, row, { hashes, indexes }) };
}
