/**
 * @import { Pool, PoolClient } from "pg"
 * @import { List } from "../books.js"
 */

/**
 * A way to sync an address book. Each has a file of its own.
 *
 * @typedef {object} Subject
 * @property {string} name
 * @property {(environment: Environment) => Promise<Opened>} open sets up what is used for many syncs
 * @property {boolean} [everywhere] it takes part on all tables, in all rounds: ours, and the limit
 * @property {boolean} [onlyFirst] it can only insert
 * @property {boolean} [replaces] what is missing in a list, it removes
 * @property {"slow" | "slowest"} [pace] it takes long, and so takes part less often: an ORM that
 *   sends many rows a statement, or a statement a contact
 * @property {boolean} [optional] where it can't be loaded, the others are measured without it
 *
 * @typedef {object} Environment
 * @property {Pool} pool of one connection, the same for all subjects, so that all of
 *   them have the same backend with the same memory
 * @property {string} schema
 * @property {string} key as CONTACT_SYNC_KEY has it
 *
 * @typedef {object} Opened
 * @property {(list: List) => () => Promise<Claims | void>} prepare what it does
 *   is not timed; what it returns is
 *
 * @typedef {object} Claims what a subject says it has done; checked where it says something
 * @property {number} [inserted]
 * @property {number} [unchanged]
 * @property {number} [matched]
 */

/**
 * Runs the work in a transaction on the pool's connection.
 *
 * @param {Pool} pool
 * @param {(client: PoolClient) => Promise<void>} work
 */
export async function inTransaction(pool, work) {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await work(client);
    await client.query("commit");
  } finally {
    client.release();
  }
}

/**
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} size
 * @returns {Item[][]}
 */
export function chunksOf(items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
