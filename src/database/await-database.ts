import { setTimeout as delay } from "node:timers/promises";
import { ContactSyncError } from "@contact-sync/client";
import pg from "pg";
import { toContactSyncError } from "./errors.ts";
import type { TroubleReason } from "./troubles.ts";

// What mends itself while a server, its pooler or its name comes up. A wrong password does not.
const PASSING: ReadonlySet<unknown> = new Set<TroubleReason>([
  "BUSY",
  "CONNECTION_LOST",
  "NODE_AWAY",
  "NO_ANSWER",
  "POOLER",
  "STARTING",
  "TOO_MANY_CONNECTIONS",
  "UNKNOWN_HOST",
  "UNREACHABLE",
]);
const EVERY_MS = 500;
const ATTEMPT_MS = 5_000;

export interface AwaitOptions {
  /** How long to wait; 0: one attempt. */
  readonly seconds: number;
  /** Told at the first failure and now and then after it. */
  readonly onWait?: (error: ContactSyncError, waitedSeconds: number) => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

const TOLD_EVERY_MS = 5_000;

/**
 * Waits until a database takes connections, as when it is started together with the service. What
 * would not mend itself fails at once.
 *
 * @throws ContactSyncError `DATABASE_UNAVAILABLE` with the last trouble, `ABORTED`
 */
export async function awaitDatabase(
  connectionString: string,
  { seconds, onWait = () => {}, signal }: AwaitOptions,
): Promise<void> {
  const startedAt = performance.now();
  let toldAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    throwIfStopped(signal);
    const trouble = await tryOnce(connectionString);
    if (trouble === undefined) return;
    const waited = performance.now() - startedAt;
    if (!PASSING.has(trouble.details?.["reason"]) || waited >= seconds * 1000) throw trouble;
    if (waited - toldAt >= TOLD_EVERY_MS) {
      toldAt = waited;
      onWait(trouble, Math.round(waited / 1000));
    }
    await delay(EVERY_MS, undefined, { signal }).catch(() => {}); // the loop begins with the signal
  }
}

async function tryOnce(connectionString: string): Promise<ContactSyncError | undefined> {
  try {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: ATTEMPT_MS });
    client.on("error", () => {}); // told by the call that meets it
    try {
      await client.connect();
      await client.query("select 1");
    } finally {
      await client.end().catch(() => {});
    }
    return undefined;
  } catch (error) {
    return toContactSyncError(error);
  }
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new ContactSyncError("ABORTED", "stopped while waiting for the database");
  }
}
