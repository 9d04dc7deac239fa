import {
  applyToDigest,
  type Change,
  ContactSyncError,
  type DeltaResult,
  isContactSyncError,
  MAX_HASHES_PER_DELTA,
  type Match,
  type OptionNames,
  readOptions,
} from "@contact-sync/client";
import { UuidArray } from "../../database/uuid-array.ts";
import type { BookEngine, Engine } from "../../engine/engine.ts";
import type { User } from "../../engine/users.ts";
import {
  assertBoolean,
  assertDigest,
  assertTime,
  assertWatching,
  invalid,
  throwIfAborted,
} from "../../input/arguments.ts";
import { atPosition } from "../../input/position.ts";
import { readList } from "../../input/reading.ts";
import { recordingFailure } from "../sync/failed-sync.ts";
import { type HashedEntries, readHashList } from "../sync/hash-entries.ts";
import { toSigns } from "../sync/signs.ts";
import type { SyncTimings } from "../sync/sync-options.ts";
import { type SyncRow, toMatches, toRepeated, toSyncResult } from "../sync/sync-result.ts";
import { NO_CHANGES, type StoredChanges, toChanges } from "./changes.ts";

/** What has changed on a device since its last sync. */
export interface Delta {
  /** `sync_token` of the device's last result. */
  readonly syncToken: string;
  /** Of the device's whole set, as it is now: `digestOf`, or `applyToDigest` on the last one. */
  readonly digest: string;
  /** Phone hashes that are new on the device, 32 or 64 hexadecimal characters each. */
  readonly added: readonly string[];
  /** And those that are gone. */
  readonly removed: readonly string[];
  /** Lets it remove more than half of the book. */
  readonly confirmRemoval?: boolean | undefined;
}

export interface DeltaOptions {
  /** As of a sync: whether numbers that are new to the owner are charged to their budget. */
  budget?: boolean | undefined;
  /** As of a sync: when the user's account was made. */
  accountCreatedAt?: Date | string | undefined;
  /** Stops before anything is sent. */
  signal?: AbortSignal | undefined;
  /** Told how long the parts of it took. */
  onTimings?: ((timings: SyncTimings) => void) | undefined;
}

const FIELDS: OptionNames<Delta> = {
  syncToken: true,
  digest: true,
  added: true,
  removed: true,
  confirmRemoval: true,
};

const OPTIONS: OptionNames<DeltaOptions> = {
  budget: true,
  accountCreatedAt: true,
  signal: true,
  onTimings: true,
};

// What the database has decided. Neither is a failure of the sync: the next one is a full one, and
// leaves its row. So a device that is out of step costs a read.
const OUT_OF_STEP = ["SYNC_TOKEN_EXPIRED", "SYNC_DIGEST_MISMATCH"];

// As JSON: to name each field takes PostgreSQL as long again as a delta that changes nothing.
const COLUMNS = "to_json(result)::text as result, to_json(changes)::text as changes";
// For the history; a delta has no batches of the caller's.
const BATCH_SIZE = 500;

/** `syncDelta` of `ContactsWithAccounts`, which describes it. */
export async function syncDelta(
  engine: Engine,
  userId: string,
  delta: Delta,
  givenOptions?: DeltaOptions,
): Promise<DeltaResult> {
  const options = readDeltaOptions(givenOptions);
  const { syncToken, digest, confirmRemoval, ...lists } = readOptions(delta, FIELDS, "delta");
  const owner = engine.users.of(userId, "userId");
  const signs = toSigns({
    accountCreatedAt: assertTime(options.accountCreatedAt, "accountCreatedAt"),
  });
  assertBoolean(confirmRemoval ?? false, "confirmRemoval");
  assertDigest(digest);
  throwIfAborted(options.signal);

  const startedAt = performance.now();
  const sets = readBoth(lists);
  return engine.forOwner(owner.uuid, (book) =>
    apply(book, owner, { syncToken, digest, confirmRemoval }, sets, options, signs, startedAt),
  );
}

async function apply(
  engine: BookEngine,
  owner: User,
  { syncToken, digest, confirmRemoval }: Omit<Delta, "added" | "removed">,
  { added, removed }: Lists,
  options: DeltaOptions,
  signs: ReturnType<typeof toSigns>,
  startedAt: number,
): Promise<DeltaResult> {
  const ownerId = owner.uuid;
  const token = engine.syncTokens.read(ownerId, syncToken);
  assertSameSet(token.digest, digest, added, removed);
  const sentAt = performance.now();

  const isUnchanged = added.hashes.length === 0 && removed.hashes.length === 0;
  const call = isUnchanged
    ? () => askForChanges(engine, ownerId, token)
    : async (): Promise<Stored> => {
        const answer = await engine.sql.naming([owner]).call<{ result: string; changes: string }>(
          "sync_phone_keys_delta",
          [
            ownerId,
            token.deviceId,
            token.mark,
            new UuidArray(engine.cipher.encryptToBytes(added.hashes)),
            new UuidArray(engine.cipher.encryptToBytes(removed.hashes)),
            token.changesCursor,
            confirmRemoval ?? false,
            options.budget ?? true,
            null, // what the device has in all is what it was
            signs,
          ],
          COLUMNS,
        );
        return { row: toRow(JSON.parse(answer.result)), changes: JSON.parse(answer.changes) };
      };
  const run = { owner, deviceContactsCount: Number.parseInt(digest, 10), mode: "delta" } as const;
  const { row, changes } = await recordingFailure(engine, run, BATCH_SIZE, call, isFailure);
  options.onTimings?.({
    normalize: 0,
    hash: sentAt - startedAt,
    database: performance.now() - sentAt,
  });

  if (isUnchanged) engine.unchangedSyncs.count();
  const written = toSyncResult(row, {
    rejected: [],
    repeated: toRepeated(added.repeated),
    matches: await toMatches(engine, row, added),
  });
  return {
    ...written,
    sync_token: engine.syncTokens.write(ownerId, {
      deviceId: token.deviceId,
      mark: row.sync_mark as string,
      digest,
      changesCursor: changes.changes_cursor,
    }),
    changes: besides(written.matches, await toChanges(engine, changes)),
    has_more_changes: changes.has_more,
    changes_reset: changes.is_reset,
  };
}

/** What the database says of a delta. */
interface Stored {
  readonly row: SyncRow;
  readonly changes: StoredChanges;
}

const NOTHING_DONE: SyncRow = {
  total_processed: 0,
  contacts_inserted: 0,
  contacts_updated: 0,
  matched_contacts: 0,
  processing_time_ms: 1,
  batch_size: 1,
  contacts_unchanged: 0,
  contacts_removed: 0,
  duplicates: 0,
  matched_phone_hashes: "",
  matched_user_ids: "",
  matched_silent: "",
  budget_limit: null,
  budget_remaining: null,
  budget_reset: null,
  sync_mark: null,
  changes_cursor: null,
};

/** A delta that adds and removes nothing, which nearly every sync is: two rows are looked at. */
async function askForChanges(
  { sql }: BookEngine,
  ownerId: string,
  { deviceId, mark, changesCursor }: ReturnType<BookEngine["syncTokens"]["read"]>,
): Promise<Stored> {
  const startedAt = performance.now();
  const { changes_cursor, changes } = await sql.call<{
    changes_cursor: string;
    changes: string | null;
  }>(
    "contact_sync_unchanged_delta",
    [ownerId, deviceId, mark, changesCursor],
    "changes_cursor, to_json(changes)::text as changes",
  );
  return {
    row: {
      ...NOTHING_DONE,
      processing_time_ms: Math.max(1, Math.round(performance.now() - startedAt)),
      sync_mark: mark,
    },
    changes: changes === null ? { ...NO_CHANGES, changes_cursor } : JSON.parse(changes),
  };
}

interface StoredResult
  extends Omit<SyncRow, "matched_phone_hashes" | "matched_user_ids" | "matched_silent"> {
  readonly matched_phone_hashes: string[];
  readonly matched_user_ids: string[];
  readonly matched_silent: boolean[];
}

/** The row that any sync selects, of what JSON made of it. */
function toRow(stored: StoredResult): SyncRow {
  return {
    ...stored,
    matched_phone_hashes: stored.matched_phone_hashes.join(""),
    matched_user_ids: stored.matched_user_ids.join(""),
    matched_silent: stored.matched_silent.map((isSilent) => (isSilent ? "t" : "f")).join(""),
  };
}

/** Who is in the matches is not told again; of the added, whoever has no account any more is. */
function besides(matches: readonly Match[], changes: Change[]): Change[] {
  if (matches.length === 0 || changes.length === 0) return changes;
  const matched = new Set(matches.map(({ phone_hash }) => phone_hash));
  return changes.filter(({ phone_hash }) => !matched.has(phone_hash));
}

function isFailure(error: unknown): boolean {
  return !isContactSyncError(error) || !OUT_OF_STEP.includes(error.code);
}

function readDeltaOptions(given: DeltaOptions | undefined): DeltaOptions {
  const options = readOptions(given, OPTIONS);
  assertBoolean(options.budget ?? true, "budget");
  assertWatching(undefined, options.signal);
  if (options.onTimings !== undefined && typeof options.onTimings !== "function") {
    throw invalid("onTimings must be a function");
  }
  return options;
}

interface Lists {
  readonly added: HashedEntries;
  readonly removed: HashedEntries;
}

function readBoth(lists: Pick<Delta, "added" | "removed">): Lists {
  const given = [readList(lists.added, "added"), readList(lists.removed, "removed")] as const;
  const received = given[0].length + given[1].length;
  if (received > MAX_HASHES_PER_DELTA) {
    throw new ContactSyncError(
      "CONTACTS_LIMIT_EXCEEDED",
      `at most ${MAX_HASHES_PER_DELTA} hashes a delta, added and removed together, received ${received}; send a full sync`,
      { details: { limit: MAX_HASHES_PER_DELTA, received } },
    );
  }
  const added = readHashList(given[0], 0, "added");
  const removed = readHashList(given[1], 0, "removed");
  const coming = new Set(removed.hashes.length === 0 ? [] : added.hashes);
  const place = removed.hashes.findIndex((hash) => coming.has(hash));
  if (place >= 0) {
    const index = removed.indexes[place] as number;
    throw invalid(
      `the phone hash ${atPosition(index)} of removed is among the added as well`,
      index,
    );
  }
  return { added, removed };
}

/** Before the database is asked: the device's set, as it says it is now, follows from the token's. */
function assertSameSet(
  before: string,
  after: string,
  added: HashedEntries,
  removed: HashedEntries,
) {
  if (changed(before, added, removed) === after) return;
  throw new ContactSyncError(
    "SYNC_DIGEST_MISMATCH",
    "the digest is not that of the token's set with what was added and removed; send a full sync",
  );
}

function changed(before: string, added: HashedEntries, removed: HashedEntries): string | undefined {
  try {
    return applyToDigest(before, { added: added.hashes, removed: removed.hashes });
  } catch {
    return undefined; // more is removed than there was
  }
}
