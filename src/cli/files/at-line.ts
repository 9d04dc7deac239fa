import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import type { LineNumbers } from "./line-numbers.ts";

/**
 * Says of an error at a position in a list on which line of the file that entry stands: a position
 * means nothing to somebody who looks into the file.
 */
export function atLine(error: unknown, lines: LineNumbers): unknown {
  if (!isContactSyncError(error) || error.index === undefined) return error;
  if (error.index >= lines.length) return error;
  const line = lines.at(error.index);
  return new ContactSyncError(
    error.code,
    error.message.replace(/at position \d+/, `on line ${line}`),
    { cause: error, details: { ...error.details, line } },
  );
}
