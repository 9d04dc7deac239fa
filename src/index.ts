export type {
  BulkInsertContact,
  BulkInsertResult,
  Change,
  ChangesPage,
  ContactSyncErrorOptions,
  ContactsSummary,
  DailySyncStatistics,
  DeltaResult,
  Discoverability,
  Discoverable,
  Erasure,
  ErrorCode,
  ExportedEntry,
  ForgottenDevice,
  Match,
  NewNumberBudget,
  PerformanceEstimate,
  ReceiptKey,
  ReceiptKeys,
  Rejection,
  RejectionReason,
  ReleasedOwner,
  Repetition,
  RunMode,
  SyncEstimate,
  SyncMode,
  SyncResult,
  SyncSession,
  SyncStatistics,
  SyncStatisticsTotals,
  UserExport,
  WriteCounts,
} from "@contact-sync/client";
export {
  ContactSyncError,
  DISCOVERABLE,
  isContactSyncError,
  REJECTION_REASONS,
} from "@contact-sync/client";
export { ERRORS, type ErrorDefinition } from "@contact-sync/client/errors";
export type { Contact } from "./contacts/book/contact.ts";
export type { ContactPage, ListOptions } from "./contacts/book/list.ts";
export type { SyncStatus } from "./contacts/book/status.ts";
export type { BulkContact } from "./contacts/bulk-insert/bulk-insert-item.ts";
export type { BulkInsertOptions } from "./contacts/bulk-insert/bulk-insert-options.ts";
export type { ListChangesOptions } from "./contacts/devices/changes.ts";
export type { CommitSettings } from "./contacts/devices/commit-session.ts";
export type { Delta, DeltaOptions } from "./contacts/devices/delta.ts";
export type { Device } from "./contacts/devices/devices.ts";
export type { SessionSettings } from "./contacts/devices/session.ts";
export type { StatisticsOptions } from "./contacts/statistics/statistics.ts";
export type { Progress, ProgressOptions } from "./contacts/streams/progress.ts";
export type { ListSuspectsOptions, Suspect } from "./contacts/suspects/suspects.ts";
export type { SyncOptions, SyncTimings } from "./contacts/sync/sync-options.ts";
export type { Fault, Severity } from "./database/check/fault.ts";
export type { Database, Queryable, Rows } from "./database/database.ts";
export { type Migrated, type MigrateOptions, migrate } from "./database/migrations/migrate.ts";
export type { Spread } from "./database/migrations/spread.ts";
export {
  exportForSupabase,
  type SupabaseExport,
  type SupabaseExportOptions,
} from "./database/migrations/supabase-export.ts";
export type { DatabaseSource, PgClient, PgPool } from "./database/to-database.ts";
export type { BlockedUser, BlockedUserPage, ListBlockedOptions } from "./directory/blocks.ts";
export type { ExportOptions } from "./directory/export-user.ts";
export type { LinkManyOptions, LinkOptions, LinkResult, VerifiedNumber } from "./directory/link.ts";
export type { LinkerProgress, LinkerReport, LinkPendingOptions } from "./directory/linker.ts";
export type { ReadPhoneOptions } from "./directory/read-phone.ts";
export type {
  AppliedRetention,
  ApplyRetentionOptions,
  ExpiredCounts,
  Retention,
} from "./directory/retention.ts";
export type { UnlinkOptions } from "./directory/unlink.ts";
export {
  type EmbeddedDatabase,
  type EmbeddedDatabaseOptions,
  startEmbeddedDatabase,
} from "./embedded/start-embedded-database.ts";
export type {
  ContactSyncOptions,
  NewNumberBudgetSetting,
  RetentionSetting,
} from "./engine/open-engine.ts";
export type { Log, LogLine, LogTarget } from "./jobs/log.ts";
export type { ContactsWithAccounts } from "./library/contacts-with-accounts.ts";
export { createContactSync } from "./library/create-contact-sync.ts";
export type { Upkeep, UpkeepOptions, WebhookSetting } from "./library/start-upkeep.ts";
export type {
  RotateKeyOptions,
  RotationProgress,
  RotationReport,
  RotationState,
  RotationStep,
} from "./rotation/progress.ts";
export { generateKey } from "./security/key.ts";
export { type ErasureReceipt, type RemovedCounts, verifyReceipt } from "./security/receipt.ts";
export type { UserIdKind } from "./security/user-ids.ts";
