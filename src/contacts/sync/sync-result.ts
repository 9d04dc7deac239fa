import type {
  HashedPhoneNumbers,
  Match,
  RepeatedNumber,
  Repetition,
  SyncResult,
  WriteCounts,
} from "@contact-sync/client";
import type { BookEngine } from "../../engine/engine.ts";

const HASH_LENGTH = 32;
const UUID_LENGTH = 36;

/**
 * Who was matched. The arrays come as one text each: their elements are all as long, and cutting
 * takes far less than the driver's parser of arrays.
 */
export const MATCH_COLUMNS = ["matched_phone_hashes", "matched_user_ids", "matched_silent"]
  .map((column) => `array_to_string(${column}, '') as ${column}`)
  .join(", ");

/** The row that `MATCH_COLUMNS` selects. */
export interface MatchRow {
  readonly matched_phone_hashes: string;
  readonly matched_user_ids: string;
  /** A letter each, t or f. */
  readonly matched_silent: string;
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
  "budget_limit",
  "budget_remaining",
  "budget_reset",
  "sync_mark",
  "changes_cursor",
  MATCH_COLUMNS,
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
  /** Null, like the cursor, of a call that names no device. */
  readonly sync_mark: string | null;
  readonly changes_cursor: string | null;
}

export type MatchesAndTroubles = Pick<SyncResult, "rejected" | "repeated" | "matches">;

/** The linked contacts of a call by the phone hash that the caller knows. */
export async function matchedOf(
  { cipher, users }: BookEngine,
  row: MatchRow,
): Promise<Pick<Match, "phone_hash" | "user_id" | "silent">[]> {
  const userIds = cut(row.matched_user_ids, UUID_LENGTH);
  const matched = cipher.decrypt(cut(row.matched_phone_hashes, HASH_LENGTH));
  const idOf = await users.idsOf(userIds);
  return matched.flatMap((phone_hash, place) => {
    const user_id = idOf(userIds[place] as string);
    return user_id === null
      ? []
      : [{ phone_hash, user_id, silent: row.matched_silent[place] === "t" }];
  });
}

/** Names them by their positions too. */
export async function toMatches(
  engine: BookEngine,
  row: MatchRow,
  sent: Pick<HashedPhoneNumbers, "hashes" | "indexes" | "repeated">,
): Promise<Match[]> {
  const matchedBy = new Map(
    (await matchedOf(engine, row)).map((match) => [match.phone_hash, match]),
  );
  const matchOf = sent.hashes.map((hash, hashIndex): Match | undefined => {
    const matched = matchedBy.get(hash);
    if (matched === undefined) return undefined;
    const index = sent.indexes[hashIndex] as number;
    // Its own phone_hash and not `hash`, which may be a slice of a longer text of the caller's.
    return { index, indexes: [index], ...matched };
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
  { rejected, repeated, matches }: MatchesAndTroubles,
  syncToken: string | null = null,
): SyncResult {
  return {
    ...writeCounts(row),
    contacts_removed: row.contacts_removed,
    duplicates: repeated.length,
    budget: toBudget(row),
    sync_token: syncToken,
    rejected,
    repeated,
    matches,
  };
}

function toBudget({ budget_limit, budget_remaining, budget_reset }: SyncRow): SyncResult["budget"] {
  return budget_limit === null
    ? null
    : { limit: budget_limit, remaining: budget_remaining ?? 0, reset: budget_reset ?? 0 };
}
