import { ContactSyncError, isContactSyncError } from "@contact-sync/client";
import type { Engine } from "../../engine/engine.ts";
import { forAMoment } from "../../engine/for-a-moment.ts";
import type { SyncCall } from "./sync-options.ts";

// It takes longer where the owner is locked or the database is away, which is mostly why the sync
// failed: then the caller has waited long enough.
const PATIENCE_MS = 500;

/**
 * Runs a sync and, if it fails, leaves a row of that in the history: in a second transaction,
 * because the failed one can leave nothing, and best effort, because the first fault is the one
 * that the caller must see, and soon.
 */
export async function recordingFailure<Result>(
  { failures }: Engine,
  call: SyncCall,
  batchSize: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  try {
    return await work();
  } catch (error) {
    // Measured with the connection at hand: the database reckons from it when the sync began, and
    // leaves nothing of one that began before its user was erased.
    const written = failures.write(call.ownerId, () => [
      call.deviceContactsCount ?? 0,
      call.mode,
      batchSize,
      Math.ceil(performance.now() - startedAt),
      isContactSyncError(error) ? error.code : "INTERNAL",
    ]);
    await forAMoment(written, PATIENCE_MS);
    throw isContactSyncError(error)
      ? error
      : new ContactSyncError("INTERNAL", "the sync failed", { cause: error });
  }
}
