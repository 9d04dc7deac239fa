import type pg from "pg";
import type { Fault } from "../database/check/fault.ts";
import type { Queryable } from "../database/database.ts";
import { toContactSyncError } from "../database/errors.ts";
import { inTransaction } from "../database/to-database.ts";

export interface Mended {
  /** The statements that were run, in order. */
  readonly done: string[];
  /** Those that failed, and why. */
  readonly failed: { readonly cure: string; readonly reason: string }[];
}

/**
 * Runs the cures of what can be fixed, one after another; one that fails stops none of the rest.
 *
 * @param announce told of each statement before it is run
 */
export async function mend(
  client: pg.Client,
  faults: readonly Fault[],
  announce: (cure: string) => void,
): Promise<Mended> {
  const done: string[] = [];
  const failed: Mended["failed"] = [];
  // One statement cures many faults of a cluster's nodes, and takes its time on all of them.
  const settled = new Set<string>();
  const failedSince = new Set<string>(); // since another statement has mended something
  for (const { code, cure, is_fixable } of faults) {
    if (!is_fixable || settled.has(cure) || failedSince.has(cure)) continue;
    announce(cure);
    try {
      // An index is built beside the traffic, which is a statement by itself and takes its time.
      // Everything else is quick or, where something holds the table, given up soon: whoever waits
      // for such a lock holds up all who come after.
      const isIndex = code.startsWith("INDEX_");
      if (isIndex) await client.query(cure);
      else if (await inTransaction(client, (transaction) => soon(transaction, cure))) {
        settled.add(cure);
      }
      done.push(cure);
      failedSince.clear();
    } catch (error) {
      failedSince.add(cure);
      failed.push({ cure, reason: reasonOf(error) });
    }
  }
  return { done, failed };
}

interface Distributed {
  readonly distribute_contact_sync?: number | null;
}

/**
 * In a message of its own: a cluster takes some statements by themselves alone.
 *
 * @returns whether the statement says that it had nothing left to do
 */
async function soon(transaction: Queryable, cure: string): Promise<boolean> {
  await transaction.query("set local lock_timeout = '5s'");
  // Of several statements in one text there are several results.
  const results = [await transaction.query<Distributed>(cure)].flat();
  return results.at(-1)?.rows[0]?.distribute_contact_sync === 0;
}

/** PostgreSQL's own sentence: a cure names objects and roles, and nobody's data. */
function reasonOf(error: unknown): string {
  const { code } = toContactSyncError(error);
  if (code === "TIMED_OUT") return "something holds it; try again when that has ended";
  return error instanceof Error ? error.message : code;
}
