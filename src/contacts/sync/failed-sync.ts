import { ContactSyncError, isContactSyncError, type RunMode } from "@contact-sync/client";
import { mayBeAnotherKey } from "../../database/sql-functions.ts";
import type { EngineBase } from "../../engine/engine.ts";
import { forAMoment } from "../../engine/for-a-moment.ts";
import type { User } from "../../engine/users.ts";

// It takes longer where the owner is locked or the database is away, which is mostly why the sync
// failed: then the caller has waited long enough.
const PATIENCE_MS = 500;

/** What the history says of a sync that failed. */
export interface FailedRun {
  readonly owner: User;
  readonly deviceContactsCount: number | null;
  readonly mode: RunMode;
}

/**
 * Runs a sync and, if it fails, leaves a row of that in the history: in a second transaction,
 * because the failed one can leave nothing, and best effort, because the first fault is the one
 * that the caller must see, and soon.
 *
 * @param isFailure whether the fault is one; default each is
 */
export async function recordingFailure<Result>(
  { failures }: EngineBase,
  call: FailedRun,
  batchSize: number,
  work: () => Promise<Result>,
  isFailure: (error: unknown) => boolean = () => true,
): Promise<Result> {
  const startedAt = performance.now();
  try {
    return await work();
  } catch (error) {
    // What a rotation gets in the way of is done again.
    if (!isFailure(error) || mayBeAnotherKey(error)) throw error;
    // Measured with the connection at hand: the database reckons from it when the sync began, and
    // leaves nothing of one that began before its user was erased.
    const written = failures.write(call.owner, () => [
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
