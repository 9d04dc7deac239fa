import type { Region } from "@contact-sync/client";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { Cursors } from "../security/cursor.ts";
import type { Fingerprints } from "../security/fingerprint.ts";
import type { PhoneCipher } from "../security/phone-cipher.ts";
import type { SyncTokens } from "../security/sync-token.ts";
import type { FailureRecords } from "./failure-records.ts";
import type { UnchangedSyncs } from "./unchanged-syncs.ts";

/** What every operation works with. `openEngine` makes one a database. */
export interface Engine {
  readonly sql: SqlFunctions;
  readonly cipher: PhoneCipher;
  readonly cursors: Cursors;
  readonly changeCursors: Cursors;
  readonly syncTokens: SyncTokens;
  readonly fingerprints: Fingerprints;
  /** What syncs that failed leave in the history. */
  readonly failures: FailureRecords;
  /** Counts what leaves no row in the history. */
  readonly unchangedSyncs: UnchangedSyncs;
  /** Where national numbers are dialled unless a call says otherwise. */
  readonly defaultRegion: Region | undefined;
}
