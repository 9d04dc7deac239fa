import { ContactSyncError, type ErrorCode, isContactSyncError } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { readOwnFault } from "./raised-by-us.ts";
import {
  DATABASE_TROUBLES,
  type DatabaseFault,
  isSqlState,
  type TroubleReason,
  troubleOf,
} from "./troubles.ts";

const CODE_OF_SQLSTATE = new Map<string, ErrorCode>(
  Object.entries(ERRORS).flatMap(([code, { sqlstate }]) =>
    sqlstate === null ? [] : [[sqlstate, code as ErrorCode] as const],
  ),
);

// Undefined schema, table, column, function, type: what a query meets where migrations are missing.
const NOT_MIGRATED = new Set(["3F000", "42P01", "42703", "42883", "42704"]);

// Whose texts name objects, settings and states, and never a value: PostgreSQL quotes those in
// conversion and constraint errors.
const QUOTES_NOTHING = /^(25|26|28|3D|3F|40|42|53|55|57|58)/;
// Of a trouble the pooler's classes, too, as what is no trouble in them was told apart.
const QUOTES_NOTHING_IN_TROUBLE = /^(08|0A|F0|XX)/;
// Where the server words a refusal to write, a fault of a file, of memory or of a library, that a
// session ends (utility.c, md.c, mcxt.c, aset.c, dfmgr.c, postgres.c), or Citus that it can't reach a
// node (remote_commands.c).
const SERVERS_ROUTINE =
  /^(PreventCommand\w+|md[a-z]+|MemoryContext\w+|AllocSet\w+|internal_load_library|load_external_function|ProcessInterrupts|ReportConnectionError)$/;

/**
 * Turns what a query threw into an error of ours: one of our SQLSTATEs into its code, with the
 * position of the item at fault; a trouble around the database into its code and reason, with what
 * the server said as the cause; a database that is not migrated into what to do about it.
 *
 * An unexpected one is INTERNAL. Its text never quotes data, and neither does its cause.
 */
export function toContactSyncError(error: unknown): ContactSyncError {
  if (isContactSyncError(error)) return error;
  const fault = innermost(error);
  const sqlstate = fault.code ?? "";

  const code = CODE_OF_SQLSTATE.get(sqlstate);
  const own = code === undefined ? undefined : readOwnFault(code, fault);
  if (code !== undefined && own !== undefined) {
    return new ContactSyncError(code, own.text, {
      cause: withoutData(fault),
      index: own.position,
      details: own.figures,
    });
  }
  const reason = troubleOf(fault);
  if (reason !== undefined) return databaseTrouble(reason, fault);
  if (NOT_MIGRATED.has(sqlstate)) {
    return new ContactSyncError(
      "DATABASE_NOT_MIGRATED",
      `the schema lacks what a query asked for (SQLSTATE ${sqlstate}). ${ERRORS.DATABASE_NOT_MIGRATED.cure}`,
      { cause: withoutData(fault) },
    );
  }
  // jsonb that is nested too deeply, a character that no text may hold.
  if (sqlstate === "54001" || sqlstate === "22P05" || sqlstate === "22021") {
    return new ContactSyncError(
      "INVALID_ARGUMENT",
      `an argument cannot be stored: it is nested too deeply or holds the character U+0000 (SQLSTATE ${sqlstate})`,
      { cause: withoutData(fault) },
    );
  }
  // A statement's, a lock's or a transaction's time limit, or somebody who cancelled it.
  if (sqlstate === "57014" || sqlstate === "55P03" || sqlstate === "25P04") {
    return new ContactSyncError("TIMED_OUT", "the statement took too long and was cancelled", {
      cause: withoutData(fault),
    });
  }
  if (sqlstate === "ERR_INVALID_URL") {
    return new ContactSyncError("INVALID_CONFIGURATION", "the connection string cannot be read");
  }
  if (sqlstate === "42501") {
    return new ContactSyncError(
      "INVALID_CONFIGURATION",
      "the database role lacks the privilege; connect as the migrations' owner or as a member of service_role that inherits its rights. " +
        "If it is one, run `contact-sync doctor --fix` as the owner",
      { cause: withoutData(fault) },
    );
  }
  // Of a cluster, which writes several rows by COPY.
  if (sqlstate === "0A000" && fault.message.includes("row-level security")) {
    return new ContactSyncError(
      "INVALID_CONFIGURATION",
      "the database role is bound by row-level security, under which a cluster can't write. " +
        "As a superuser, on each node: `alter role … bypassrls`; `contact-sync doctor` names the role",
      { cause: withoutData(fault) },
    );
  }
  return new ContactSyncError(
    "INTERNAL",
    sqlstate === "" ? "an unexpected fault" : `an unexpected fault (SQLSTATE ${sqlstate})`,
    { cause: withoutData(fault) },
  );
}

/**
 * A trouble around the database as an error of ours: its reason and when to try again in `details`.
 *
 * @param fault what was thrown; without, it was seen and not met
 */
export function databaseTrouble(reason: TroubleReason, fault?: DatabaseFault): ContactSyncError {
  const { code, what, cure, retryAfterSeconds } = DATABASE_TROUBLES[reason];
  const { code: from = reason === "CLOSED" ? undefined : "connection lost" } = fault ?? {};
  const by = fault === undefined || from === undefined ? "" : ` (${from})`;
  return new ContactSyncError(code, `${what}${by}. ${cure}`, {
    cause: fault === undefined ? undefined : withoutData(fault, QUOTES_NOTHING_IN_TROUBLE),
    details: { reason, retry_after_seconds: retryAfterSeconds },
  });
}

/** Whether a connection on which this was thrown is better not used again. */
export function isDatabaseTrouble(error: unknown): boolean {
  const reason = troubleOf(innermost(error));
  // Of a cluster's node, the coordinator says so, whose connection is as good as before.
  return reason !== undefined && reason !== "NODE_AWAY";
}

/**
 * What the server, the pooler or the system said of a trouble, in its own words; for the one who
 * runs it, as they name hosts and roles.
 */
export function serverSentence({ cause, details }: ContactSyncError): string | undefined {
  if (details?.["reason"] === undefined || !(cause instanceof Error)) return undefined;
  return Object.hasOwn(DATABASE_TROUBLES, String(details["reason"])) ? cause.message : undefined;
}

/** A rollback that failed carries the fault that mattered; so do several failed addresses. */
function innermost(error: unknown): DatabaseFault {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (error instanceof Error && error.cause !== undefined && !("code" in error)) {
    return innermost(error.cause);
  }
  return error instanceof Error ? error : { message: "something that is no error was thrown" };
}

function withoutData(fault: DatabaseFault, alsoQuiet?: RegExp): Error {
  const { message, code } = fault;
  const isQuiet =
    code === undefined ||
    !isSqlState(code) ||
    (isServersOwn(fault) && (QUOTES_NOTHING.test(code) || alsoQuiet?.test(code) === true));
  return Object.assign(new Error(isQuiet ? message : `SQLSTATE ${code}`), { code });
}

/**
 * Whether the server or a pooler worded a fault. Code in the database, as a trigger of somebody's
 * own, can raise any SQLSTATE with any text; then there is a context, and the routine is one that
 * passes texts on. The server's own faults have a context where our functions met them.
 */
export function isServersOwn({ where, routine = "" }: DatabaseFault): boolean {
  return routine !== "exec_stmt_raise" && (where === undefined || SERVERS_ROUTINE.test(routine));
}
