export type {
  BulkInsertResult,
  DailySyncStatistics,
  ErrorCode,
  ErrorDefinition,
  Match,
  NewNumberBudget,
  PerformanceEstimate,
  Rejection,
  RejectionReason,
  SyncMode,
  SyncResult,
  SyncStatistics,
  SyncStatisticsTotals,
} from "@contact-sync/client";
export { ContactSyncError, ERRORS, REJECTION_REASONS } from "@contact-sync/client";
export type { BulkInsertOptions } from "./contacts/bulk-insert.ts";
export type { BulkContact } from "./contacts/bulk-insert-item.ts";
export type { Contact } from "./contacts/contact.ts";
export type { ContactPage, ListOptions } from "./contacts/list.ts";
export type { Progress } from "./contacts/progress.ts";
export type { StatisticsOptions } from "./contacts/statistics.ts";
export type { ContactsSummary, SyncStatus } from "./contacts/status.ts";
export type { SyncOptions } from "./contacts/sync-options.ts";
export { type ContactsWithAccounts, createContactSync } from "./create-contact-sync.ts";
export type { Fault, Severity } from "./database/check/fault.ts";
export type { Database, Queryable, Rows } from "./database/database.ts";
export {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  startEmbeddedDatabase,
} from "./database/embedded/start-embedded-database.ts";
export { type Migrated, type MigrateOptions, migrate } from "./database/migrate.ts";
export { exportForSupabase, type SupabaseExport } from "./database/supabase-export.ts";
export type { DatabaseSource } from "./database/to-database.ts";
export type { Erasure } from "./directory/erase-user.ts";
export type { LinkResult, VerifiedNumber } from "./directory/link.ts";
export type { LinkerReport } from "./directory/linker.ts";
export type { ReadPhoneOptions } from "./directory/read-phone.ts";
export type { UnlinkOptions } from "./directory/unlink.ts";
export type { ContactSyncOptions, NewNumberBudgetSetting } from "./open-engine.ts";
export { generateKey } from "./security/key.ts";
