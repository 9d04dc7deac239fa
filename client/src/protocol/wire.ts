// What travels in JSON, in the guide's casing: requests in camelCase, everything inside `data` in
// snake_case. The library returns the same fields.

import type { ErrorCode } from "./errors.ts";
import type { RejectionReason } from "./rejections.ts";

/** `merge` adds only; `replace` makes the stored book equal to a full snapshot of the device. */
export type SyncMode = "merge" | "replace";

/** A contact of the call that has an account. */
export interface Match {
  /** Position of its first number (or hash) in the list that was sent. */
  readonly index: number;
  /** 32 characters, also when 64 were sent. */
  readonly phone_hash: string;
  readonly user_id: string;
}

/** A number of the call that was skipped. */
export interface Rejection {
  /** Position in the list that was sent. */
  readonly index: number;
  readonly reason: RejectionReason;
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
  /** Entries that repeated another. */
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

/** `total_processed + duplicates + rejected.length` is the number of entries received. */
export interface SyncResult extends WriteCounts {
  /** Contacts that a `replace` removed; 0 for a `merge`. */
  readonly contacts_removed: number;
  /** What is left after the call; null where the call was free of it, or nobody has one. */
  readonly budget: NewNumberBudget | null;
  readonly rejected: Rejection[];
  readonly matches: Match[];
}

/** The four estimates follow the guide's constants; the last two were measured. */
export interface PerformanceEstimate {
  readonly estimated_batch_size: number;
  readonly estimated_batches: number;
  readonly estimated_time_seconds: number;
  readonly estimated_memory_mb: number;
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
}

export interface SyncResponse extends SyncResult {
  readonly sync_completed: boolean;
  readonly performance_estimate: PerformanceEstimate;
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
  readonly message: string;
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What to do. */
  readonly cure: string;
  /** Position of the item at fault. */
  readonly index?: number;
}
