import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import type { Progress } from "../../contacts/streams/progress.ts";
import { counted } from "../terminal/text.ts";

/**
 * Says of an error in the middle of a file how much of it is stored; of the chunk at fault the
 * library says that nothing was, which is only a part of the truth.
 */
export function withStoredSoFar(
  error: unknown,
  { received, processed }: Progress,
  what = "contact",
): unknown {
  if (!isContactSyncError(error)) return error;
  const stored =
    processed === 0
      ? "Nothing was stored."
      : `${counted(processed, what)} of the first ${counted(received, "entry", "entries")} are stored.`;
  const text = error.code === "ABORTED" ? "ABORTED: stopped." : error.message.replace(/\.?$/, ".");
  return new ContactSyncError(error.code, `${text} ${stored}`, {
    cause: error,
    details: { ...error.details, received, processed },
  });
}
