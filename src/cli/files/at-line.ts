import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import { atPosition } from "../../input/position.ts";
import type { LineNumbers } from "./line-numbers.ts";

/**
 * Says of an error at a position in a list on which line of the file that entry stands: a position
 * means nothing to somebody who looks into the file.
 */
export function atLine(error: unknown, lines: LineNumbers): unknown {
  if (!isContactSyncError(error) || error.index === undefined) return error;
  if (error.index >= lines.length) return error;
  const line = lines.at(error.index);
  const place = atPosition(error.index);
  const message = error.message.includes(place)
    ? error.message.replace(place, `on line ${line}`)
    : `${error.message} (line ${line})`;
  return new ContactSyncError(error.code, message, {
    cause: error,
    details: { ...error.details, line },
  });
}
