import {
  ContactSyncError,
  canonicalPhoneHash,
  DEVICE_ID,
  EMPTY_DIGEST,
  isDigest,
  MAX_BATCH_SIZE,
  MAX_COUNT,
  MIN_BATCH_SIZE,
} from "@contact-sync/client";
import { atPosition } from "./position.ts";
import { readTime } from "./time.ts";

// Checks of what callers give, before anything is sent. The database checks again; here the
// messages can name the argument as the caller knows it.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}

/** @throws ContactSyncError `INVALID_ARGUMENT` */
export function assertUuid(value: unknown, name: string): string {
  if (!isUuid(value)) throw invalid(`${name} must be a UUID`);
  return value.toLowerCase();
}

/** The most characters of a user's id, as Unicode counts them: code points. */
export const MAX_USER_ID_CHARACTERS = 255;

/** What a user's id is where those are texts, for errors. */
export const USER_TEXT_FORM = `a text of 1 to ${MAX_USER_ID_CHARACTERS} characters, none of them NUL or half a surrogate pair`;

/** Whether something is a user's id where those are texts: PostgreSQL stores neither NUL nor half a character. */
export function isUserText(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value !== "" &&
    // Before it is counted, of whatever length it is.
    value.length <= 2 * MAX_USER_ID_CHARACTERS &&
    [...value].length <= MAX_USER_ID_CHARACTERS &&
    !/[\0\uD800-\uDFFF]/u.test(value)
  );
}

/** A whole number between two others, or one of them. */
export function assertWithin(value: unknown, least: number, most: number, name: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw invalid(`${name} must be a whole number from ${least} to ${most}`);
}

/** A whole number of at least 0. */
export function assertCount(value: unknown, name: string): number {
  return assertWithin(value, 0, MAX_COUNT, name);
}

/** @throws ContactSyncError `INVALID_BATCH_SIZE` */
export function assertBatchSize(value: unknown): number {
  if (
    typeof value !== "number" ||
    !Number.isInteger(value) ||
    value < MIN_BATCH_SIZE ||
    value > MAX_BATCH_SIZE
  ) {
    throw new ContactSyncError(
      "INVALID_BATCH_SIZE",
      `the batch size must be a whole number from ${MIN_BATCH_SIZE} to ${MAX_BATCH_SIZE}`,
    );
  }
  return value;
}

/** What an app calls one of its installations. */
export function assertDeviceId(value: unknown, name: string): string {
  if (typeof value === "string" && DEVICE_ID.test(value)) return value;
  throw invalid(`${name} must be 1 to 64 letters, digits, dots, underscores and hyphens`);
}

/**
 * A phone hash of 32 or 64 hex characters, cut to 32 in lower case.
 *
 * @param list what the caller knows it by, where there are several
 */
export function assertPhoneHash(value: unknown, index?: number, list?: string): string {
  const hash = canonicalPhoneHash(value);
  if (hash === null) {
    const at = index === undefined ? "the phone hash" : `the phone hash ${atPosition(index)}`;
    const where = list === undefined ? at : `${at} of ${list}`;
    throw new ContactSyncError("INVALID_PHONE_HASH", `${where} is not 32 or 64 hex characters`, {
      index,
    });
  }
  return hash;
}

/** A time as a Date or in ISO 8601, as ISO 8601 in UTC; null where none is given. */
export function assertTime(value: unknown, name: string, index?: number): string | null {
  if (value === undefined || value === null) return null;
  const time = readTime(value);
  if (time === null)
    throw invalid(
      `${name} must be a Date or a time in ISO 8601, such as 2024-05-01T12:00:00Z`,
      index,
    );
  return time;
}

export function assertBoolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw invalid(`${name} must be true or false`);
  return value;
}

/** The two by which a caller watches and ends long work. */
export function assertWatching(onProgress: unknown, signal: unknown): void {
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw invalid("onProgress must be a function");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalid("signal must be an AbortSignal");
  }
}

/** @throws ContactSyncError `ABORTED` once the signal has been raised */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new ContactSyncError("ABORTED", "the caller's signal was raised", {
      cause: signal.reason,
    });
  }
}

export function invalid(message: string, index?: number): ContactSyncError {
  return new ContactSyncError("INVALID_ARGUMENT", message, { index });
}

/** @throws ContactSyncError `INVALID_ARGUMENT` */
export function assertDigest(value: unknown): string {
  if (isDigest(value)) return value;
  throw invalid(
    `digest must be how many hashes there are, a hyphen and 32 lower-case hexadecimal characters, such as ${EMPTY_DIGEST}`,
  );
}
