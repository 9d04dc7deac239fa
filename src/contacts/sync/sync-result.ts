import type {
  HashedPhoneNumbers,
  Match,
  RepeatedNumber,
  Repetition,
  SyncResult,
  WriteCounts,
} from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";

const HASH_LENGTH = 32;
const UUID_LENGTH = 36;

/**
 * Who was matched. The two arrays come as one text each: their elements are all as long, and
 * cutting takes far less than the driver's parser of arrays.
 */
export const MATCH_COLUMNS = [
  "array_to_string(matched_phone_hashes, '') as matched_phone_hashes",
  "array_to_string(matched_user_ids, '') as matched_user_ids",
].join(", ");

/** The row that `MATCH_COLUMNS` selects. */
export interface MatchRow {
  readonly matched_phone_hashes: string;
  readonly matched_user_ids: string;
}

/** What is selected of a `contact_sync_result`. */
export const SYNC_COLUMNS = [
  "total_processed",
  "contacts_inserted",
  "contacts_updated",
  "matched_contacts",
  "processing_time_ms",
  "batch_size",
  "contacts_unchanged",
  "contacts_removed",
  "duplicates",
  MATCH_COLUMNS,
  "budget_limit",
  "budget_remaining",
  "budget_reset",
].join(", ");

/** The row that `SYNC_COLUMNS` selects. */
export interface SyncRow extends MatchRow {
  readonly total_processed: number;
  readonly contacts_inserted: number;
  readonly contacts_updated: number;
  readonly matched_contacts: number;
  readonly processing_time_ms: number;
  readonly batch_size: number;
  readonly contacts_unchanged: number;
  readonly contacts_removed: number;
  readonly duplicates: number;
  /** Null, like the other two, where the call was free of the budget. */
  readonly budget_limit: number | null;
  readonly budget_remaining: number | null;
  readonly budget_reset: number | null;
}

/** Names the linked contacts of a call by the phone hash and the positions the caller knows. */
export function toMatches(
  { cipher }: Engine,
  row: MatchRow,
  sent: Pick<HashedPhoneNumbers, "hashes" | "indexes" | "repeated">,
): Match[] {
  const userIds = cut(row.matched_user_ids, UUID_LENGTH);
  const matched = cipher.decrypt(cut(row.matched_phone_hashes, HASH_LENGTH));
  const placeOf = new Map(matched.map((phoneHash, place) => [phoneHash, place]));
  const matchOf = sent.hashes.map((hash, hashIndex): Match | undefined => {
    const place = placeOf.get(hash);
    if (place === undefined) return undefined;
    const index = sent.indexes[hashIndex] as number;
    return {
      index,
      indexes: [index],
      // Not `hash`, which may be a slice of a longer text of the caller's.
      phone_hash: matched[place] as string,
      user_id: userIds[place] as string,
    };
  });
  for (const { index, hashIndex } of sent.repeated) addPosition(matchOf[hashIndex], index);
  return matchOf.filter((match) => match !== undefined);
}

/** Adds a later position of its number to a match, once for an entry that holds it twice. */
export function addPosition(match: Match | undefined, index: number): void {
  if (match !== undefined && match.indexes.at(-1) !== index) match.indexes.push(index);
}

/** The duplicates as a result lists them. */
export function toRepeated(repeated: readonly RepeatedNumber[]): Repetition[] {
  return repeated.map(({ index, repeats }) => ({ index, repeats }));
}

/** Cuts a text of values that are all so long. From bytes, since a slice would keep the whole text. */
function cut(text: string, length: number): string[] {
  const bytes = Buffer.from(text, "latin1");
  return Array.from({ length: text.length / length }, (_, place) =>
    bytes.toString("latin1", place * length, (place + 1) * length),
  );
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
  { rejected, repeated, matches }: Pick<SyncResult, "rejected" | "repeated" | "matches">,
): SyncResult {
  return {
    ...writeCounts(row),
    contacts_removed: row.contacts_removed,
    duplicates: repeated.length,
    budget: toBudget(row),
    rejected,
    repeated,
    matches,
  };
}

function toBudget({ budget_limit, budget_remaining, budget_reset }: SyncRow) {
  return budget_limit === null
    ? null
    : { limit: budget_limit, remaining: budget_remaining ?? 0, reset: budget_reset ?? 0 };
}
