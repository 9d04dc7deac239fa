/**
 * @import { ContactsWithAccounts } from "../../dist/index.js"
 * @import { Database } from "./database.js"
 */
import pg from "pg";
import { createContactSync } from "../../dist/index.js";

/**
 * Gives the work a pool of one connection, which stays the same: a backend with its plans, the pages
 * it has touched, and the counters that withCounters() reads.
 *
 * @template Result
 * @param {string} connectionString
 * @param {(pool: pg.Pool) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withPool(connectionString, work) {
  // One that is never given up while it is idle.
  const pool = new pg.Pool({ connectionString, max: 1, idleTimeoutMillis: 0 });
  // Without a listener, a server that goes away ends the process before it has cleared up.
  pool.on("error", () => {});
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/**
 * Opens the library on a pool of one connection that plain SQL uses too, so that both have the same
 * backend.
 *
 * @template Result
 * @param {Database} database
 * @param {(opened: { pool: pg.Pool, contactSync: ContactsWithAccounts }) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export function withConnection({ connectionString, schema, key }, work) {
  return withPool(connectionString, async (pool) => {
    const contactSync = await createContactSync({ database: pool, schema, key });
    return work({ pool, contactSync });
  });
}
