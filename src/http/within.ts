import { setTimeout as delay } from "node:timers/promises";
import { databaseTrouble } from "../database/errors.ts";

/** Monitoring asks again in some seconds; Prometheus gives up after ten. */
export const PATIENCE_MS = 3_000;

/**
 * An answer of the database for those who watch it: late is as bad as none.
 *
 * @throws ContactSyncError `DATABASE_UNAVAILABLE` after three seconds
 */
export async function withinPatience<Result>(answer: Promise<Result>): Promise<Result> {
  const done = new AbortController();
  const late = delay(PATIENCE_MS, undefined, { signal: done.signal, ref: false }).then(() => {
    throw databaseTrouble("NO_ANSWER");
  });
  late.catch(() => {}); // also rejects when the answer is there in time
  answer.catch(() => {}); // told by the race, unless it comes too late
  try {
    return await Promise.race([answer, late]);
  } finally {
    done.abort();
  }
}
