import { ContactSyncError } from "@contact-sync/client";

/** @throws ContactSyncError `ABORTED` when the caller's function throws: a way to stop, too */
export function reportProgress<Progress>(
  onProgress: ((progress: Progress) => void) | undefined,
  progress: Progress,
): void {
  try {
    onProgress?.(progress);
  } catch (cause) {
    throw new ContactSyncError("ABORTED", "onProgress threw; what was committed by then stays", {
      cause,
    });
  }
}
