import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import type { Engine } from "../engine.ts";
import type { SyncCall } from "./sync-options.ts";

/**
 * Runs a sync and, if it fails, leaves a row of that in the history: in a second transaction,
 * because the failed one can leave nothing, and best effort, because the first fault is the one
 * that the caller must see.
 */
export async function recordingFailure<Result>(
  { store }: Engine,
  call: SyncCall,
  batchSize: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  try {
    return await work();
  } catch (error) {
    const duration = Math.max(1, Math.round(performance.now() - startedAt));
    await store
      .call("record_failed_sync", [
        call.ownerId,
        call.deviceContactsCount ?? 0,
        call.mode,
        batchSize,
        duration,
        isContactSyncError(error) ? error.code : "INTERNAL",
      ])
      .catch(() => {});
    throw isContactSyncError(error)
      ? error
      : new ContactSyncError("INTERNAL", "the sync failed", { cause: error });
  }
}
