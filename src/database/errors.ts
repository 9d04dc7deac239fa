import { ContactSyncError, ERRORS, type ErrorCode, isContactSyncError } from "@contact-sync/client";

const CODE_OF_SQLSTATE = new Map<string, ErrorCode>(
  Object.entries(ERRORS).flatMap(([code, { sqlstate }]) =>
    sqlstate === null ? [] : [[sqlstate, code as ErrorCode] as const],
  ),
);

// Undefined schema, table, column, function, type: what a query meets where migrations are missing.
const NOT_MIGRATED = new Set(["3F000", "42P01", "42703", "42883", "42704"]);

// Connection failures by class 08; refused credentials by class 28; no such database; shut down,
// crash, cannot connect now, too many connections.
const UNAVAILABLE = /^(08...|28...|3D000|57P0[1-5]|53300)$/;
const UNREACHABLE = new Set([
  "EACCES",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);
// What the driver says when a connection is cut or cannot be had; it gives these no code.
const CUT_OFF =
  /connection terminated|connection error|timeout exceeded when trying to connect|server closed|client has encountered|cannot use a pool after calling end/i;

/** The fields of a PostgreSQL error that are read here. */
interface DatabaseFault {
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
}

/**
 * Turns what a query threw into an error of ours: one of our SQLSTATEs into its code, with the
 * position of the item at fault; a database that is away or not migrated into what to do about it.
 *
 * An unexpected one is INTERNAL. Its text never quotes data, and neither does its cause: PostgreSQL
 * repeats values in conversion errors and keys in details, and those may be somebody's number.
 */
export function toContactSyncError(error: unknown): ContactSyncError {
  if (isContactSyncError(error)) return error;
  const fault = innermost(error);
  const sqlstate = fault.code ?? "";

  const code = CODE_OF_SQLSTATE.get(sqlstate);
  if (code !== undefined) {
    const index = /at position (\d+)/.exec(fault.message)?.[1];
    return new ContactSyncError(
      code,
      fault.hint === undefined ? fault.message : `${fault.message}. ${fault.hint}`,
      { cause: withoutData(fault), index: index === undefined ? undefined : Number(index) },
    );
  }
  if (NOT_MIGRATED.has(sqlstate)) {
    return new ContactSyncError(
      "DATABASE_NOT_MIGRATED",
      `the schema lacks what a query asked for (SQLSTATE ${sqlstate}). ${ERRORS.DATABASE_NOT_MIGRATED.cure}`,
      { cause: withoutData(fault) },
    );
  }
  if (UNAVAILABLE.test(sqlstate) || UNREACHABLE.has(sqlstate) || CUT_OFF.test(fault.message)) {
    return new ContactSyncError(
      "DATABASE_UNAVAILABLE",
      `the database cannot be reached (${sqlstate || "connection lost"}). ${ERRORS.DATABASE_UNAVAILABLE.cure}`,
      { cause: withoutData(fault) },
    );
  }
  // A statement's or a lock's time limit, or somebody who cancelled it.
  if (sqlstate === "57014" || sqlstate === "55P03") {
    return new ContactSyncError("TIMED_OUT", "the statement took too long and was cancelled", {
      cause: withoutData(fault),
    });
  }
  if (sqlstate === "42501") {
    return new ContactSyncError(
      "INVALID_CONFIGURATION",
      "the database role lacks the privilege; connect as the migrations' owner or as a member of service_role that inherits its rights. " +
        "If it is one, run `contact-sync doctor --fix` as the owner",
      { cause: withoutData(fault) },
    );
  }
  return new ContactSyncError(
    "INTERNAL",
    sqlstate === "" ? "an unexpected fault" : `an unexpected fault (SQLSTATE ${sqlstate})`,
    { cause: withoutData(fault) },
  );
}

/** A rollback that failed carries the fault that mattered; so do several failed addresses. */
function innermost(error: unknown): DatabaseFault {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined && !("code" in error)) {
    return innermost(error.cause);
  }
  return error instanceof Error ? error : { message: "something that is no error was thrown" };
}

// Class 22 are data exceptions, 23 integrity violations: the messages that quote values.
function withoutData({ message, code }: DatabaseFault): Error {
  const quotesData = code?.startsWith("22") || code?.startsWith("23");
  return Object.assign(new Error(quotesData ? `SQLSTATE ${code}` : message), { code });
}
