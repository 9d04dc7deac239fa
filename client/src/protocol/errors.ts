/**
 * The codes of all errors of the project, in the order of their table: `ERRORS` of
 * `@contact-sync/client/errors` says of each what it means, which is too much for a phone to carry.
 */
export const ERROR_CODES = [
  "INVALID_ARGUMENT",
  "INVALID_BATCH_SIZE",
  "CONTACTS_LIMIT_EXCEEDED",
  "INVALID_PHONE_HASH",
  "INVALID_CONTACT",
  "REPLACE_NEEDS_CONFIRMATION",
  "NOT_ALLOWED",
  "VERIFICATION_OUTDATED",
  "UNSUPPORTED_ISOLATION_LEVEL",
  "NAME_TAKEN",
  "KEY_MISMATCH",
  "CONTACT_NOT_FOUND",
  "NEW_NUMBER_BUDGET_EXCEEDED",
  "UNSAFE_DATABASE",
  "USER_IDS_MISMATCH",
  "STREAM_INCOMPLETE",
  "SYNC_TOKEN_EXPIRED",
  "SYNC_DIGEST_MISMATCH",
  "SESSION_NOT_FOUND",
  "SESSION_CHANGED",
  "DEVICE_NOT_FOUND",
  "KEY_ROTATION",
  "NUMBER_HAS_ACCOUNT",
  "BLOCK_LIMIT_EXCEEDED",
  "UNSUPPORTED_CLUSTER",
  "SESSION_INCOMPLETE",
  "INVALID_RECEIPT",
  "INVALID_KEY",
  "KEY_REQUIRED",
  "INVALID_PHONE_NUMBER",
  "DATABASE_NOT_MIGRATED",
  "DATABASE_UNAVAILABLE",
  "DATABASE_READ_ONLY",
  "DATABASE_FULL",
  "DATABASE_BUSY",
  "EMBEDDED_UNAVAILABLE",
  "ABORTED",
  "UNREADABLE_FILE",
  "CONTACTS_UNAVAILABLE",
  "STORAGE_UNAVAILABLE",
  "INVALID_REGION",
  "INVALID_REQUEST",
  "UNAUTHENTICATED",
  "KEYS_UNAVAILABLE",
  "NOT_FOUND",
  "IDEMPOTENCY_KEY_IN_USE",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "IDEMPOTENCY_KEY_REUSED",
  "RATE_LIMITED",
  "OVERLOADED",
  "TIMED_OUT",
  "INVALID_CONFIGURATION",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ContactSyncErrorOptions {
  /** The error beneath this one. */
  readonly cause?: unknown;
  /** Position, from 0, of the item at fault in the list that was given. */
  readonly index?: number | undefined;
  /** Further facts for programs, such as `limit` and `received`; never a number or a phone hash. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The one error class of the project. `message` begins with the code, so that
 * `message.includes("CONTACTS_LIMIT_EXCEEDED")` works as well as `code === …`.
 *
 * Its texts may reach logs: never put a phone number or a phone hash into them.
 */
export class ContactSyncError extends Error {
  override readonly name = "ContactSyncError";
  readonly code: ErrorCode;
  readonly index: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: ContactSyncErrorOptions = {}) {
    super(
      message.startsWith(`${code}: `) ? message : `${code}: ${message}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.index = options.index;
    this.details = options.details;
  }
}

/**
 * Whether something thrown is one of our errors. Judged by name and code, not by class, because an
 * app may hold two copies of this package.
 */
export function isContactSyncError(error: unknown): error is ContactSyncError {
  if (!(error instanceof Error) || error.name !== "ContactSyncError") return false;
  return ERROR_CODES.includes((error as { code?: unknown }).code as ErrorCode);
}
