// What an operator's page is told, by endpoints for the app's back end alone (docs/http.md,
// "Operating"). A day is one of UTC; bigint figures are JSON numbers.

import type { Discoverable } from "./discoverable.ts";
import type { ErrorCode } from "./errors.ts";
import type { ContactsSummary, Device, NewNumberBudget, SyncStatus } from "./wire.ts";

/** How syncs of a time went. */
export interface SyncFigures {
  /** Of whole books: by merge and by replace, sessions among them. */
  readonly full_syncs: number;
  /** Syncs by token that changed something. */
  readonly delta_syncs: number;
  /** Syncs by token that changed nothing. */
  readonly unchanged_syncs: number;
  readonly failed_syncs: number;
  readonly contacts_processed: number;
  readonly contacts_inserted: number;
  readonly contacts_updated: number;
  readonly contacts_unchanged: number;
  readonly contacts_removed: number;
  readonly contacts_matched: number;
  /** Completed ÷ all, in per cent; null without any. */
  readonly success_rate: number | null;
  /** Matched ÷ processed, in per cent; null without any. */
  readonly match_rate: number | null;
  /** Of completed full and delta syncs, to 5 %; null without any. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  /** Contacts ÷ seconds of work, over completed syncs. */
  readonly contacts_per_second: number | null;
  /** Syncs that the budget for new numbers had no room for. */
  readonly budget_refusals: number;
}

/** `GET /admin/overview`: today, and how things stand now. */
export interface OperationOverview {
  /** When the database was asked. */
  readonly at: string;
  readonly version: string;
  /** Since midnight, UTC. */
  readonly today: SyncFigures;
  /** Counted, or where there are many estimated by the database's own statistics. */
  readonly directory: {
    /** Numbers that are linked to a user. */
    readonly numbers: number;
    readonly users: number;
  };
  /** Likewise. */
  readonly books: {
    readonly owners: number;
    readonly contacts: number;
    readonly linked_contacts: number;
  };
  /** Of people who joined or left: what the linker has to finish. */
  readonly links: {
    readonly waiting: number;
    readonly lag_seconds: number;
    readonly owners_in_the_way: number;
  };
  readonly storage: StoredTable[];
  readonly webhooks: {
    /** Whether links are announced at all. */
    readonly on: boolean;
    readonly waiting: number;
    readonly oldest_seconds: number;
    readonly failed: number;
  };
  readonly suspects: { readonly seen: number; readonly held: number };
}

export interface StoredTable {
  readonly table: string;
  readonly rows_estimate: number;
  /** With its indexes. */
  readonly bytes: number;
}

/** `GET /admin/history?days=`: a row for each UTC day of the last 1 to 365, the oldest first. */
export interface OperationHistory {
  readonly days: OperationDay[];
}

export interface OperationDay extends SyncFigures {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** As upkeep last measured it that day; null where none was running. */
  readonly state: {
    readonly directory_numbers: number;
    readonly contacts: number;
    readonly bytes: number;
    readonly rows: number;
  } | null;
  /** Changes of the directory that reached all books that day, and how long they took. */
  readonly joiners: {
    readonly linked: number;
    readonly lag_seconds_p95: number | null;
  };
}

/** `GET /admin/failures?days=`: failed syncs by what was wrong, the most frequent first. */
export interface OperationFailures {
  readonly failures: {
    readonly code: ErrorCode;
    readonly syncs: number;
    /** Of whom such a run is still kept (`run_days`); older ones are of nobody. */
    readonly owners: number;
    readonly last_at: string;
    readonly title: string;
    readonly cure: string;
  }[];
}

/** `GET /admin/webhooks?state=waiting|failed&limit=`, the oldest first; without a state, both. */
export interface WebhookMessages {
  readonly messages: {
    readonly message_id: string;
    readonly type: string;
    readonly owners: number;
    readonly changed_at: string;
    readonly attempts: number;
    readonly last_failure: string | null;
    readonly next_attempt_at: string | null;
    readonly set_aside_at: string | null;
  }[];
}

/** `POST /admin/webhooks/replay` with `{ message_ids?: string[] }`; without: all that failed. */
export interface ReplayedMessages {
  readonly replayed: number;
}

/** `GET /admin/doctor`: what `contact-sync doctor` finds. */
export interface DoctorFindings {
  readonly findings: {
    readonly severity: "error" | "warning" | "note";
    readonly code: string;
    readonly object: string;
    readonly message: string;
    readonly cure: string;
  }[];
}

/** `GET /admin/settings`: the limits in force, and what is set. */
export interface OperationSettings {
  readonly budget: {
    readonly burst: number;
    readonly per_day: number;
    readonly new_account_days: number;
    readonly new_account_burst: number;
  };
  /** The score from which owners are held; 0: nobody is. */
  readonly hold_suspects: number;
  readonly discoverable: Discoverable;
  readonly keep_choices_days: number;
  readonly retention: {
    readonly silent_owner_months: number;
    readonly forgotten_number_months: number;
    readonly run_days: number;
  };
  readonly sync_token_days: number;
  readonly default_region: string | null;
  readonly user_ids: "uuid" | "text";
  readonly sealed: boolean;
  readonly limits: {
    readonly contacts_per_call: number;
    readonly contacts_per_stream: number;
    readonly contacts_per_owner: number;
    readonly hashes_per_delta: number;
    readonly devices_per_owner: number;
    readonly request_bytes: number;
    /** Requests a minute; 0: no limit. */
    readonly requests_per_owner: number;
    readonly requests_per_address: number;
  };
}

/** `GET /admin/users/{userId}`: one user, as the service sees them. */
export interface UserReport {
  readonly user_id: string;
  /** Of the user's own numbers that are linked in the directory. */
  readonly numbers: number;
  /** Null of somebody who has neither synced nor got a book otherwise. */
  readonly status: SyncStatus | null;
  readonly summary: ContactsSummary;
  readonly devices: Device[];
  /** Null where there is none in force. */
  readonly budget: NewNumberBudget | null;
  readonly discoverability: Discoverable;
  readonly blocked_users: number;
  /** The score of their syncs of the last 30 days, and whether they are held. */
  readonly suspicion: number;
  readonly held_at: string | null;
  /** The newest first, 20 at most. */
  readonly runs: {
    readonly started_at: string;
    readonly status: "completed" | "failed";
    readonly mode: "merge" | "replace" | "delta";
    readonly contacts: number;
    readonly inserted: number;
    readonly updated: number;
    readonly removed: number;
    readonly matched: number;
    readonly processing_time_ms: number;
    readonly error_code: ErrorCode | null;
  }[];
}

/** `POST /admin/users/{userId}/explain`: why the user sees, or does not see, who has a number. */
export interface ExplainRequest {
  readonly phoneNumber: string;
  readonly defaultRegion?: string;
}

export interface Explanation {
  /** Whether the user is told that the number's holder has an account. */
  readonly seen: boolean;
  /** Who has the number, where anybody has. */
  readonly found_user_id: string | null;
  /** In the order in which they decide; the first that is `no` is the reason. */
  readonly steps: {
    readonly step:
      | "readable"
      | "not_forgotten"
      | "in_directory"
      | "not_own_number"
      | "not_blocked"
      | "discoverable"
      | "in_book"
      | "linked"
      | "not_held";
    readonly outcome: "yes" | "no" | "unknown";
    /** In words, for a person; it never names a number. */
    readonly detail: string;
  }[];
}
