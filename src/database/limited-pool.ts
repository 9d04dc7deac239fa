import { setTimeout as delay } from "node:timers/promises";
import { ContactSyncError } from "@contact-sync/client";
import type pg from "pg";
import { requestCancel } from "./cancel-request.ts";
import { checkOut } from "./check-out.ts";
import type { Database } from "./database.ts";
import { isDatabaseTrouble } from "./errors.ts";
import { inTransaction } from "./to-database.ts";

export interface PoolLimits {
  /** Milliseconds that a query or a transaction may take; then it is cancelled, on the server too. */
  readonly queryMs: number;
  /** Calls that may wait for a connection; a further one is turned away at once. */
  readonly waiting: number;
}

// After a cancel request the server answers at once, or is not there any more.
const GRACE_MS = 2_000;
const CANCEL_EVERY_MS = 100;

/**
 * A pool for a service: nobody waits without end, neither for a connection nor for an answer.
 *
 * The time limit is a cancel request and not `statement_timeout`, which a transaction pooler
 * refuses as a start-up option and which as a setting would cost round trips in every call.
 *
 * @throws ContactSyncError, from its calls, `OVERLOADED` and `TIMED_OUT`
 */
export function limitedPool(pool: pg.Pool, limits: PoolLimits): Database {
  const onClient = async <Result>(work: (client: pg.PoolClient) => Promise<Result>) => {
    if (pool.waitingCount >= limits.waiting) {
      throw new ContactSyncError("OVERLOADED", "too many calls are waiting for the database");
    }
    const { client, release } = await checkOut(pool);
    let isSound = true;
    const cancel = () => {
      // The request may come late, and must not hit the next caller's query.
      isSound = false;
      requestCancel(client as never);
    };
    try {
      return await withinLimit(limits.queryMs, () => work(client), cancel);
    } catch (error) {
      isSound &&= leavesConnection(error);
      throw error;
    } finally {
      release(!isSound);
    }
  };
  return {
    takesBinary: true,
    query: (text, values) => onClient((client) => client.query(text, values) as never),
    transaction: (work) => onClient((client) => inTransaction(client, work)),
  };
}

async function withinLimit<Result>(
  limitMs: number,
  work: () => Promise<Result>,
  cancel: () => void,
): Promise<Result> {
  const done = new AbortController();
  const result = work().finally(() => done.abort());
  const late = delay(limitMs, undefined, { signal: done.signal }).then(async () => {
    // Again and again: a request that comes between two statements of a transaction hits nothing.
    for (let waited = 0; waited < GRACE_MS; waited += CANCEL_EVERY_MS) {
      cancel();
      await delay(CANCEL_EVERY_MS, undefined, { signal: done.signal });
    }
    throw new ContactSyncError("TIMED_OUT", "the database does not answer any more");
  });
  late.catch(() => {}); // also rejects when the work is done in time
  return Promise.race([
    result,
    late.catch((error) => (done.signal.aborted ? result : Promise.reject(error))),
  ]);
}

/** Whether a query can follow on the connection: not where the server ended it, or nobody knows. */
function leavesConnection(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  // The refusal of a server that shuts down arrives a moment before the connection closes, and a
  // session that began read-only stays so when the database takes writes again.
  return typeof code === "string" && !isDatabaseTrouble(error);
}
