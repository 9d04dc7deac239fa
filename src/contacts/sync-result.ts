import type { Match, Rejection, SyncResult, WriteCounts } from "@contact-sync/client";
import type { Engine } from "../engine.ts";

/** `contact_sync_result` as the driver reads it. */
export interface SyncRow {
  readonly total_processed: number;
  readonly contacts_inserted: number;
  readonly contacts_updated: number;
  readonly matched_contacts: number;
  readonly processing_time_ms: number;
  readonly batch_size: number;
  readonly contacts_unchanged: number;
  readonly contacts_removed: number;
  readonly duplicates: number;
  readonly matched_phone_hashes: string[];
  readonly matched_user_ids: string[];
}

/** Names the linked contacts of a call by the phone hash and the position the caller knows. */
export function toMatches(
  { sealer }: Engine,
  row: SyncRow,
  indexOf: (phoneHash: string) => number,
): Match[] {
  return sealer
    .open(row.matched_phone_hashes)
    .map((phone_hash, place) => ({
      index: indexOf(phone_hash),
      phone_hash,
      user_id: row.matched_user_ids[place] as string,
    }))
    .sort((one, other) => one.index - other.index);
}

/** What a sync and a bulk insert report alike, the guide's fields first. */
export function writeCounts(row: WriteCounts): Omit<WriteCounts, "duplicates"> {
  return {
    total_processed: row.total_processed,
    contacts_inserted: row.contacts_inserted,
    contacts_updated: row.contacts_updated,
    matched_contacts: row.matched_contacts,
    processing_time_ms: row.processing_time_ms,
    batch_size: row.batch_size,
    contacts_unchanged: row.contacts_unchanged,
  };
}

export function toSyncResult(
  row: SyncRow,
  duplicates: number,
  matches: Match[],
  rejected: Rejection[],
): SyncResult {
  return {
    ...writeCounts(row),
    contacts_removed: row.contacts_removed,
    duplicates,
    rejected,
    matches,
  };
}
