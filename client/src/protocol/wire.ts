// What travels in JSON, in the guide's casing: requests in camelCase, everything inside `data` in
// snake_case. The library returns the same fields; but where a time stands here, as a text, its
// results have a Date.

import type { Discoverable } from "./discoverable.ts";
import type { ErrorCode } from "./errors.ts";
import type { RejectionReason } from "./rejections.ts";

/** `merge` adds only; `replace` makes the stored book equal to a full snapshot of the device. */
export type SyncMode = "merge" | "replace";

/** How a book was synced: with a list, or (`delta`) with what has changed since a sync token. */
export type RunMode = SyncMode | "delta";

/** A contact of the call that has an account. */
export interface Match {
  /** Position in the list that was sent of the entry that first held its number (or hash). */
  readonly index: number;
  /** Every position of its number there, in any notation, ascending; the first is `index`. */
  readonly indexes: number[];
  /** 32 characters, also when 64 were sent. */
  readonly phone_hash: string;
  readonly user_id: string;
  /** The user joined without an announcement: show them, but say no "X is here now". */
  readonly silent: boolean;
}

/** A number of the call that was skipped. */
export interface Rejection {
  /** Position of its entry in the list that was sent. */
  readonly index: number;
  readonly reason: RejectionReason;
}

/** An entry of the call whose number an earlier one has, in whatever notation. */
export interface Repetition {
  /** Position in the list that was sent. */
  readonly index: number;
  /** Position of the first entry with that number. */
  readonly repeats: number;
}

/** What a write did. Counts are of distinct, usable contacts unless said otherwise. */
export interface WriteCounts {
  /** Inserted + updated + unchanged. */
  readonly total_processed: number;
  readonly contacts_inserted: number;
  /** Those of which a stored value changed. */
  readonly contacts_updated: number;
  readonly contacts_unchanged: number;
  /** Processed contacts that are linked afterwards. */
  readonly matched_contacts: number;
  /** How many numbers (or entries) repeated another. */
  readonly duplicates: number;
  /** A whole number of milliseconds, at least 1. */
  readonly processing_time_ms: number;
  /** Rows that one INSERT handled. */
  readonly batch_size: number;
}

/** `total_processed + duplicates` is the number of contacts received: malformed ones refuse the call. */
export interface BulkInsertResult extends WriteCounts {}

/** An owner's budget for numbers that are new to their book. It refills evenly. */
export interface NewNumberBudget {
  /** How many it holds when it is full. */
  readonly limit: number;
  /** How many it has room for now. */
  readonly remaining: number;
  /** Seconds until it is full again. */
  readonly reset: number;
}

/**
 * `total_processed + duplicates + rejected.length` is how many numbers were received: as many as
 * entries, where an entry that holds two numbers counts as two.
 */
export interface SyncResult extends WriteCounts {
  /** Contacts that a `replace` removed; 0 for a `merge`. */
  readonly contacts_removed: number;
  /** What is left after the call; null where the call was free of it, or nobody has one. */
  readonly budget: NewNumberBudget | null;
  /**
   * What the device's next sync sends as `syncToken`, with what has changed since. Null of a call
   * that names no device; and, though it names one, where another call of the same device has
   * changed its set meanwhile: then its next sync is a full one.
   */
  readonly sync_token: string | null;
  readonly rejected: Rejection[];
  /** The duplicates, in the order of the list. */
  readonly repeated: Repetition[];
  readonly matches: Match[];
}

/** A contact whose link has changed, with what the directory confirms now. */
export interface Change {
  /** 32 hexadecimal characters. */
  readonly phone_hash: string;
  /** Who has the number; null when nobody has, or the contact is no longer there. */
  readonly user_id: string | null;
  /** The user joined without an announcement: show them, but say no "X is here now". */
  readonly silent: boolean;
}

/** A sync by token: what changed on the device, and what changed without it. */
export interface DeltaResult extends SyncResult {
  /** What the next sync of the device sends. */
  readonly sync_token: string;
  /** Each contact once whose link has changed since the token; of the added, `matches` says it. */
  readonly changes: Change[];
  /** There are more than one answer lists: the next sync by token goes on from here. */
  readonly has_more_changes: boolean;
  /**
   * What changed since the token can't be told any more, so `changes` lists, to the last page, every
   * contact that is linked or ever was; what none of the pages names has no account.
   */
  readonly changes_reset: boolean;
}

/** The links of an owner's contacts that have changed since a cursor. */
export interface ChangesPage {
  /** Each contact once. */
  readonly changes: Change[];
  /** What the next call begins with (`since`). It never expires. */
  readonly cursor: string;
  readonly has_more: boolean;
  /**
   * What changed since the cursor can't be told any more, so the pages that begin here list every
   * contact that is linked or ever was; what none of them names has no account.
   */
  readonly reset: boolean;
}

/** An installation of the app, by the name that the app has given it. */
export interface Device {
  readonly device_id: string;
  /** ISO 8601. */
  readonly created_at: string;
  /** Its last sync; of syncs that changed nothing, to a day. */
  readonly last_seen_at: string;
  /** How many contacts it holds. */
  readonly contacts_count: number;
}

export interface DeviceList {
  readonly devices: Device[];
}

export interface ForgottenDevice {
  /** Contacts that no other device holds, and that went with it. */
  readonly contacts_removed: number;
}

/** What a sync takes by the guide's constants: 1,000 contacts a second, 0.5 KB each. */
export interface SyncEstimate {
  readonly estimated_batch_size: number;
  readonly estimated_batches: number;
  readonly estimated_time_seconds: number;
  readonly estimated_memory_mb: number;
}

/** Beside the guide's estimates, what was measured. */
export interface PerformanceEstimate extends SyncEstimate {
  /** What recent syncs here really reached; null before the first. */
  readonly observed_contacts_per_second: number | null;
  /** The time that this many contacts take at that rate; null before the first sync. */
  readonly observed_time_seconds: number | null;
}

export interface SyncRequest {
  /** Numbers in any notation, or… */
  readonly phoneNumbers?: readonly string[];
  /** …their phone hashes, when the device hashes. */
  readonly phoneHashes?: readonly string[];
  /** What the device has in all; may differ from the list's length. */
  readonly deviceContactsCount: number;
  readonly batchSize?: number;
  /** Where national numbers are dialled, two letters such as EG. */
  readonly defaultRegion?: string;
  readonly mode?: SyncMode;
  /** Required for a `replace` that removes more than half of the book. */
  readonly confirmRemoval?: boolean;
  /**
   * The installation of the app, 1 to 64 of `A–Z a–z 0–9 . _ -`. A `replace` is then this device's
   * snapshot and removes nothing that another one holds, and the answer has a `sync_token`.
   */
  readonly deviceId?: string;
}

export interface SyncResponse extends SyncResult {
  readonly sync_completed: boolean;
  readonly performance_estimate: SyncEstimate;
}

/** A sync by token. With nothing added and nothing removed it asks what has changed elsewhere. */
export interface DeltaRequest {
  /** `sync_token` of the device's last answer. */
  readonly syncToken: string;
  /** Of the device's whole set, as it is now (`digestOf`, or `applyToDigest` on the last one). */
  readonly digest: string;
  /** Phone hashes that are new on the device. */
  readonly added: readonly string[];
  /** And those that are gone. Both together at most 10,000. */
  readonly removed: readonly string[];
  /** Required where more than half of the book would be removed. */
  readonly confirmRemoval?: boolean;
}

export interface DeltaResponse extends DeltaResult {
  readonly sync_completed: boolean;
}

/** Begins a full sync in parts, for a book that is larger than one request. */
export interface BeginSessionRequest {
  readonly deviceId: string;
  /** Default `replace`. */
  readonly mode?: SyncMode;
  readonly deviceContactsCount: number;
}

export interface SyncSession {
  /** A UUID. A session that no part has come to for a day is dropped. */
  readonly session_id: string;
}

export interface SessionPartRequest {
  /** At most 10,000. */
  readonly phoneHashes: readonly string[];
}

export interface SessionPart {
  /** As it was sent. */
  readonly part: number;
  /** How many hashes it holds. */
  readonly received: number;
}

export interface CommitSessionRequest {
  /** How many parts there are, from 0 on. */
  readonly parts: number;
  /** Of all hashes in them (`digestOf`). */
  readonly digest: string;
  /** Required for a `replace` that removes more than half of the book. */
  readonly confirmRemoval?: boolean;
}

export interface EstimateRequest {
  readonly contactCount: number;
  readonly batchSize?: number;
}

/** An item of a bulk insert. An absent or null field keeps what is stored. */
export interface BulkInsertContact {
  readonly owner_id: string;
  readonly phone_hash: string;
  readonly is_favorite?: boolean | null;
  /** Null or absent: look it up in the directory. */
  readonly linked_user_id?: string | null;
  /** ISO 8601. */
  readonly last_interaction?: string | null;
}

export interface BulkInsertRequest {
  readonly contacts: readonly BulkInsertContact[];
  readonly batchSize?: number;
}

/** A stored contact. The link is shown only while the directory confirms it. */
export interface Contact {
  readonly owner_id: string;
  /** 32 hexadecimal characters. */
  readonly phone_hash: string;
  readonly linked_user_id: string | null;
  readonly is_favorite: boolean;
  /** ISO 8601, as all times here. */
  readonly last_interaction: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ContactPage {
  readonly contacts: Contact[];
  /** What the next page begins with (`cursor`); null on the last. */
  readonly next_cursor: string | null;
}

export interface ContactsSummary {
  readonly contacts_count: number;
  readonly linked_count: number;
  readonly favorites_count: number;
}

/** An owner's last sync; nulls before the first. */
export interface SyncStatus {
  readonly sync_status: "never_synced" | "completed" | "failed";
  /** What the owner has stored now. */
  readonly contacts_count: number;
  /** ISO 8601. */
  readonly last_sync_at: string | null;
  readonly last_sync_mode: RunMode | null;
  readonly device_contacts_count: number | null;
  readonly synced_contacts_count: number | null;
  readonly matched_contacts_count: number | null;
  /** The code of the last sync's error, if it failed. */
  readonly last_error_code: string | null;
}

export interface DeletedContacts {
  readonly contacts_deleted: number;
}

export interface InteractionRequest {
  /** ISO 8601; default now. */
  readonly at?: string;
}

/** Who finds a user by their number. */
export interface Discoverability {
  readonly discoverable: Discoverable;
  /** The user has not chosen: it is the service's default, and changes with it. */
  readonly is_default: boolean;
}

export interface DiscoverabilityRequest {
  /** Null: whatever the service's default is. */
  readonly discoverable: Discoverable | null;
}

/** Somebody who does not find the user, whatever the user is to others. */
export interface BlockedUser {
  readonly user_id: string;
  /** ISO 8601. */
  readonly blocked_at: string;
}

export interface BlockedUserPage {
  readonly blocks: BlockedUser[];
  /** What the next page begins with (`cursor`); null on the last. */
  readonly next_cursor: string | null;
}

export interface BlockChange {
  /** False when it was so already. */
  readonly changed: boolean;
}

/** Takes a number out of the directory: the number in any notation, or its phone hash. */
export interface UnlinkPhoneRequest {
  readonly phoneNumber?: string;
  readonly phoneHash?: string;
  /** Where a national number is dialled, two letters such as EG. */
  readonly defaultRegion?: string;
}

/** Links a verified number. */
export interface LinkPhoneRequest extends UnlinkPhoneRequest {
  /** ISO 8601; default now. */
  readonly verifiedAt?: string;
  /** False: who holds the number finds the user, but is told of no "X is here now". Default true. */
  readonly announce?: boolean;
}

/** What became of one number of the directory. */
export interface PhoneChange {
  /** False when the directory said so already. */
  readonly changed: boolean;
  /** 1 while some contacts are still to be brought up to date; absent where there are none. */
  readonly links_pending?: number;
}

/** An owner whose syncs look like an attack. */
export interface Suspect {
  readonly owner_id: string;
  /** The highest score of the time, 1 to 100; of one who is held, at least what led to it. */
  readonly suspicion: number;
  /** Of their new numbers of the time, how many in per cent have a near neighbour; null: only hashes came. */
  readonly neighbours_percent: number | null;
  /** ISO 8601, as the other times. The owner's last sync. */
  readonly last_seen_at: string | null;
  /** Syncs of the time, failed ones too, and what they did. */
  readonly syncs: number;
  readonly budget_refusals: number;
  readonly contacts_inserted: number;
  readonly contacts_removed: number;
  readonly matched_contacts: number;
  /** How many contacts the book has now. */
  readonly contacts_count: number;
  readonly first_sync_at: string | null;
  /** Since when they get no new links; null: they are not held. */
  readonly held_at: string | null;
  readonly released_at: string | null;
}

export interface SuspectList {
  readonly suspects: Suspect[];
}

export interface ReleasedOwner {
  /** False where nobody held them. */
  readonly released: boolean;
}

/** What an erasure found of the user. */
export interface Erasure {
  readonly contacts_deleted: number;
  readonly phones_unlinked: number;
  /** Links to the user that bulk inserts had given. */
  readonly given_links_removed: number;
  /** Syncs of the user that are now only a day's counts. */
  readonly runs_folded: number;
  /**
   * Numbers of the user that may still stand as linked to them in other people's rows, because a
   * transaction was in the way; no read shows it, and the linker sees to it. Absent where there are
   * none.
   */
  readonly links_pending?: number;
  /**
   * A signed confirmation: who was erased, when, and what was removed, as a compact JWS. Nobody keeps
   * it but whoever gets this answer. Null from a database without a sealing key.
   */
  readonly receipt: string | null;
}

/** An entry of an export: the fields of its table, numbers as phone hashes. */
export type ExportedEntry = Readonly<Record<string, unknown>>;

/** Everything that is held about a user. */
export interface UserExport {
  readonly user_id: string;
  readonly exported_at: string;
  /** Last sync, stored contacts, budget spent; null of whoever has never synced. */
  readonly status: ExportedEntry | null;
  /** Who finds the user, as they have chosen; null: the service's default. */
  readonly discoverable: Discoverable | null;
  /** Syncs in parts that are under way, and streamed ones. */
  readonly sessions: readonly ExportedEntry[];
  readonly streams: readonly ExportedEntry[];
  /** Answers to requests with an idempotency key that are kept, encrypted, for a day. */
  readonly kept_answers: number;
  /** Messages that wait to tell the app of links in the user's book. */
  readonly messages_to_tell: number;
  /** When the user was erased, for a day after that is settled. */
  readonly erased_at: string | null;
  /** In the directory. */
  readonly numbers: readonly ExportedEntry[];
  readonly devices: readonly ExportedEntry[];
  readonly runs: readonly ExportedEntry[];
  /** Favourites and interactions of contacts that were removed. */
  readonly kept_choices: readonly ExportedEntry[];
  readonly session_numbers: readonly ExportedEntry[];
  readonly stream_numbers: readonly ExportedEntry[];
  readonly contacts: readonly ExportedEntry[];
  /** Whom the user has blocked, and when. */
  readonly blocked_users: readonly ExportedEntry[];
}

/** The public keys that receipts are verified with: a JWK Set. */
export interface ReceiptKeys {
  readonly keys: readonly ReceiptKey[];
}

/** An Ed25519 key, as RFC 8037 writes it. */
export interface ReceiptKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
  /** `kid` of the receipts that it has signed, and their `installation`. */
  readonly kid: string;
}

/** Sums and averages over some syncs. An average over none is null. */
export interface SyncStatisticsTotals {
  readonly total_syncs: number;
  readonly completed_syncs: number;
  readonly failed_syncs: number;
  readonly avg_device_contacts: number | null;
  readonly avg_synced_contacts: number | null;
  /** Synced ÷ device contacts, in per cent. */
  readonly avg_sync_rate: number | null;
  readonly contacts_inserted: number;
  readonly contacts_updated: number;
  readonly contacts_unchanged: number;
  readonly contacts_removed: number;
  readonly matched_contacts: number;
  readonly avg_processing_time_ms: number | null;
  readonly max_processing_time_ms: number | null;
  readonly observed_contacts_per_second: number | null;
  /** Syncs by token that changed nothing: they leave no row, and no other figure counts them. */
  readonly unchanged_syncs: number;
}

/** One UTC day. */
export interface DailySyncStatistics extends SyncStatisticsTotals {
  /** `YYYY-MM-DD`. */
  readonly sync_date: string;
}

export interface SyncStatistics {
  readonly days: number;
  readonly totals: SyncStatisticsTotals;
  /** Newest day first; days without a sync are left out. */
  readonly daily: DailySyncStatistics[];
}

/** The envelope of every answer that succeeded. */
export interface Success<Data> {
  readonly success: true;
  readonly data: Data;
}

/** The envelope of every other: RFC 9457 problem details with the guide's fields. */
export interface Problem {
  readonly success: false;
  readonly code: ErrorCode;
  /** The code and what was wrong. */
  readonly message: string;
  /** A URN that ends in the code. */
  readonly type: string;
  /** What is wrong, in words that do not change from case to case. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What was wrong, without the code. */
  readonly detail: string;
  /** What to do. */
  readonly cure: string;
  /** Position of the item at fault, from 0. */
  readonly index?: number;
  /** JSON pointer to the field at fault, such as `/body/deviceContactsCount`. */
  readonly pointer?: string;
  /** Further facts for programs, such as `limit` and `received`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What the service's log knows the request by. */
  readonly request_id: string;
}
