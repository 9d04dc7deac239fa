import { ContactSyncError, type ErrorCode, isContactSyncError } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import { serverSentence } from "../database/errors.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./terminal/io.ts";
import { colorsFor } from "./terminal/printer.ts";
import { withoutNumbers } from "./terminal/text.ts";

/**
 * What to do about it on the command line, where the table of errors speaks to programmers; null
 * where the message says it.
 */
const CURES: Partial<Record<ErrorCode, string | null>> = {
  ABORTED: "Repeat the command to go on; what is stored is not written again.",
  DATABASE_FULL: null,
  DATABASE_READ_ONLY: null,
  DATABASE_UNAVAILABLE: null,
  EMBEDDED_UNAVAILABLE: null,
  INTERNAL: "Try again; repeating a command is safe. CONTACT_SYNC_DEBUG=1 shows where it happened.",
  INVALID_ARGUMENT: "--help shows how it is written.",
  INVALID_CONTACT: "Correct that line and repeat; what is stored is not written again.",
  INVALID_PHONE_HASH: "Correct that line and repeat; what is stored is not written again.",
  INVALID_PHONE_NUMBER:
    "Write it in international form, as in +201001234567, or name its country with --region.",
  REPLACE_NEEDS_CONFIRMATION:
    "Check that the file is the whole address book. If it is, repeat with --confirm-removal; to add only, leave out --replace.",
  UNREADABLE_FILE: null,
};

/** Faults of what was typed or set, before anything was done. */
const USAGE_FAULTS: ReadonlySet<ErrorCode> = new Set([
  "INVALID_ARGUMENT",
  "INVALID_BATCH_SIZE",
  "INVALID_CONFIGURATION",
  "INVALID_REGION",
  "INVALID_KEY",
  "KEY_REQUIRED",
]);

/**
 * Tells an error on stderr, for people or as one JSON document, and returns what to exit with.
 * Never a stack trace, unless CONTACT_SYNC_DEBUG is set; never a phone number.
 */
export function reportError(thrown: unknown, io: Io, isJson: boolean): ExitCode {
  const error = asContactSyncError(thrown);
  const { code } = error;
  const ownCure = CURES[code];
  const cure = ownCure === undefined ? ERRORS[code].cure : ownCure;
  const said = serverSentence(error);
  const text = error.message.slice(`${code}: `.length);
  if (isJson) {
    const { index, details, message } = error;
    const fixed = { success: false, code, message, cure: cure ?? undefined, index };
    // The fixed fields come first and cannot be overwritten.
    const document = { ...fixed, ...details, ...fixed, reported: said };
    io.stderr.write(`${JSON.stringify(document)}\n`);
  } else {
    const colors = colorsFor(io.stderr, io.environment);
    io.stderr.write(`${colors.red(code)}: ${text}\n`);
    if (said !== undefined) io.stderr.write(`  Reported: ${said}\n`);
    if (cure !== null && !text.includes(cure)) io.stderr.write(`  ${cure}\n`);
  }
  if (io.environment["CONTACT_SYNC_DEBUG"]) io.stderr.write(`${traceOf(thrown)}\n`);
  return exitCodeOf(code, io);
}

function exitCodeOf(code: ErrorCode, { signal }: Io): ExitCode {
  if (code === "ABORTED" && signal.aborted) return signal.reason as ExitCode;
  return USAGE_FAULTS.has(code) ? EXIT.usage : EXIT.failed;
}

/** A fault that is not one of ours may quote anything, so only its kind is told. */
function asContactSyncError(thrown: unknown): ContactSyncError {
  if (isContactSyncError(thrown)) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new ContactSyncError("INTERNAL", `an unexpected fault (${kind})`, { cause: thrown });
}

function traceOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "(no trace)";
  const cause = thrown.cause === undefined ? "" : `\ncaused by ${traceOf(thrown.cause)}`;
  return withoutNumbers(`${thrown.stack ?? thrown.message}`) + cause;
}
