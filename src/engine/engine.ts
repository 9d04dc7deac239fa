import type { Region } from "@contact-sync/client";
import type { Fault } from "../database/check/fault.ts";
import type { SqlFunctions } from "../database/sql-functions.ts";
import type { KeyRing } from "../security/key-ring.ts";
import type { Receipts } from "../security/receipt.ts";
import type { Secrets } from "../security/secrets.ts";
import type { FailureRecords } from "./failure-records.ts";
import type { UnchangedSyncs } from "./unchanged-syncs.ts";
import type { Users } from "./users.ts";

/** What an engine has that knows of no key. */
export interface EngineBase {
  /** For calls without phone keys. */
  readonly sql: SqlFunctions;
  readonly keyRing: KeyRing;
  /** Between what the app calls its users and what the database does. */
  readonly users: Users;
  /** Signs what erasures are confirmed with. */
  readonly receipts: Receipts;
  /** What syncs that failed leave in the history. */
  readonly failures: FailureRecords;
  /** Counts what leaves no row in the history. */
  readonly unchangedSyncs: UnchangedSyncs;
  /** Where national numbers are dialled unless a call says otherwise. */
  readonly defaultRegion: Region | undefined;
  /** For how many days a device may go on from the token of its last sync. */
  readonly syncTokenDays: number;
  /** What is wrong with the installation, as the doctor finds it. */
  readonly examine: () => Promise<Fault[]>;
}

/** What every operation works with. `openEngine` makes one a database. */
export interface Engine extends EngineBase {
  /**
   * Does what concerns an owner's book, with the key that the book is sealed with. Where a rotation
   * moves it meanwhile, it is done again from its beginning.
   *
   * @param ownerId the UUID that the database knows them by
   */
  forOwner<Result>(ownerId: string, work: (engine: BookEngine) => Promise<Result>): Promise<Result>;
  /** Does what concerns the directory, or is made with the key in force for another reason. */
  withKeys<Result>(work: (keys: DirectoryKeys) => Promise<Result>): Promise<Result>;
}

/** An engine with the key of one book; `sql` refuses what is of another one by then. */
export interface BookEngine extends EngineBase, Omit<Secrets, "record" | "userIdSecrets"> {}

/** The key in force and, while a rotation goes on, the next. */
export interface DirectoryKeys {
  readonly sql: SqlFunctions;
  readonly current: Secrets;
  readonly next: Secrets | null;
}
