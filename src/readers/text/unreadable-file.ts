import { ContactSyncError } from "@contact-sync/client";

/**
 * The error that ends the reading of a file.
 *
 * Parsers' own errors quote the text they choked on, which may be somebody's number: they are not
 * passed on as the cause.
 *
 * @param line the line at fault, from 1; the message then begins with it
 */
export function unreadableFile(message: string, line?: number): ContactSyncError {
  return line === undefined
    ? new ContactSyncError("UNREADABLE_FILE", message)
    : new ContactSyncError("UNREADABLE_FILE", `line ${line}: ${message}`, { details: { line } });
}
