export {
  type HashedPhoneNumbers,
  type HashPhoneNumbersOptions,
  hashPhoneNumbers,
} from "./hashing/hash-phone-numbers.ts";
export {
  canonicalPhoneHash,
  createPhoneHasher,
  PHONE_HASH_LENGTH,
  phoneHash,
  type Sha256,
} from "./hashing/phone-hash.ts";
export {
  createNormalizer,
  type NormalizedPhoneNumber,
  type NormalizeOptions,
  normalizePhoneNumber,
  type PhoneNumberNormalizer,
} from "./numbers/normalize.ts";
export { assertRegion, type Region } from "./numbers/regions.ts";
export {
  ContactSyncError,
  type ContactSyncErrorOptions,
  ERRORS,
  type ErrorCode,
  type ErrorDefinition,
  isContactSyncError,
} from "./protocol/errors.ts";
export {
  DEFAULT_BATCH_SIZE,
  DEFAULT_CONTACT_SIZE_KB,
  DEFAULT_CONTACTS_PER_PAGE,
  DEFAULT_STATISTICS_DAYS,
  ESTIMATED_CONTACTS_PER_SECOND,
  LARGE_DATASET_BATCH_SIZE,
  LARGE_DATASET_CONTACTS,
  MAX_BATCH_SIZE,
  MAX_CONTACTS_PER_CALL,
  MAX_CONTACTS_PER_OWNER,
  MAX_CONTACTS_PER_PAGE,
  MAX_CONTACTS_PER_STREAM,
  MAX_COUNT,
  MAX_NEW_NUMBERS,
  MAX_REQUEST_BYTES,
  MAX_STATISTICS_DAYS,
  MIN_BATCH_SIZE,
  MIN_RECOMMENDED_BATCH_SIZE,
  RECOMMENDED_CHUNK_CONTACTS,
  TARGET_BATCH_KB,
} from "./protocol/limits.ts";
export { type OptionNames, readOptions } from "./protocol/options.ts";
export { REJECTION_REASONS, type RejectionReason } from "./protocol/rejections.ts";
export type {
  BulkInsertContact,
  BulkInsertRequest,
  BulkInsertResult,
  DailySyncStatistics,
  EstimateRequest,
  Match,
  NewNumberBudget,
  PerformanceEstimate,
  Problem,
  Rejection,
  Success,
  SyncMode,
  SyncRequest,
  SyncResponse,
  SyncResult,
  SyncStatistics,
  SyncStatisticsTotals,
  WriteCounts,
} from "./protocol/wire.ts";
