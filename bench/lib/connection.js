import pg from "pg";
import { createContactSync } from "../../dist/index.js";

/**
 * Opens the library on a pool of one connection that plain SQL uses too, so that both have the same
 * backend, whose counters withCounters() reads.
 *
 * @template Result
 * @param {{ connectionString: string, schema: string, key: string }} database
 * @param {(opened: { pool: pg.Pool, contactSync: import("../../dist/index.js").ContactsWithAccounts }) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withConnection({ connectionString, schema, key }, work) {
  // One that is never given up while it is idle: counters would start anew.
  const pool = new pg.Pool({ connectionString, max: 1, idleTimeoutMillis: 0 });
  // Without a listener, a server that goes away ends the process before it has cleared up.
  pool.on("error", () => {});
  try {
    const contactSync = await createContactSync({ database: pool, schema, key });
    return await work({ pool, contactSync });
  } finally {
    await pool.end();
  }
}
