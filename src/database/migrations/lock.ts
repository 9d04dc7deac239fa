import type { Queryable } from "../database.ts";

// Our own, so that we wait for our own migrations only. ASCII "csyncmig", less its last two bytes
// to stay a safe integer.
const LOCK = 0x6373_796e_636d;

/** Waits for whoever migrates, and keeps others waiting until the transaction ends. */
export async function lockMigrations(transaction: Queryable): Promise<void> {
  await transaction.query("select pg_catalog.pg_advisory_xact_lock($1)", [LOCK]);
}
