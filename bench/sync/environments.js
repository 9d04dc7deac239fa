/**
 * @import { Pool } from "pg"
 * @import { Database } from "../lib/database.js"
 * @import { Tell } from "../lib/run.js"
 * @import { Tables } from "./cases.js"
 * @import { Environment } from "./subjects/subject.js"
 */
import { createContactSync } from "../../dist/index.js";
import { withSchema } from "../lib/database.js";
import { fillTables } from "../lib/fill.js";

const CONTACTS = "contacts_with_accounts";
/** What syncs write. */
const WRITTEN = [CONTACTS, "contact_sync_status", "contact_sync_runs"];
/** Above it, clearing up after each round would take longer than the round. */
const MOST_CONTACTS_TO_CLEAR = 1_000_000;

/** @typedef {Tables & Environment} FilledTables */

/**
 * Fills all tables that are measured, each in a schema of its own, and gives the work all of them.
 *
 * @template Result
 * @param {Database} database
 * @param {readonly Tables[]} tables
 * @param {{ pool: Pool, tell: Tell }} how
 * @param {(filled: FilledTables[]) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withFilledTables(database, tables, how, work) {
  const [next, ...others] = tables;
  if (next === undefined) return work([]);
  const { pool, tell } = how;
  return withSchema(database, next.name.toLowerCase().replace("-", "_"), async (own) => {
    tell(`Filling ${next.contacts} contacts and a directory of ${next.directory}.`);
    const { contacts, directory } = next;
    // Seals the tables, which only empty ones can be.
    await createContactSync({ database: pool, schema: own.schema, key: own.key });
    await fillTables(pool, own.schema, { contacts, directory, tell });
    // It would come whenever it likes.
    for (const table of [...WRITTEN, "phones"]) {
      await pool.query(`alter table ${own.schema}.${table} set (autovacuum_enabled = off)`);
    }
    const filled = { ...next, pool, schema: own.schema, key: own.key };
    return withFilledTables(database, others, how, (rest) => work([filled, ...rest]));
  });
}

/**
 * Reads the indexes from end to end. The first touch of a shared page by a connection costs a page
 * fault on many machines, and a pool's connections live long.
 *
 * @param {FilledTables} tables
 */
export async function warmSession({ pool, schema }) {
  const client = await pool.connect();
  try {
    await client.query("set enable_seqscan = off; set enable_bitmapscan = off");
    for (const [table, column] of [
      [CONTACTS, "owner_id"],
      [CONTACTS, "phone_key"],
      ["phones", "phone_key"],
      ["contact_sync_status", "owner_id"],
    ]) {
      await client.query(
        `select count(*) from ${schema}.${table} where ${column} >= '00000000-0000-0000-0000-000000000000'`,
      );
    }
    await client.query("reset enable_seqscan; reset enable_bitmapscan");
  } finally {
    client.release();
  }
}

/**
 * Makes empty tables empty again; the others are left as they are.
 *
 * @param {FilledTables} tables
 */
export async function emptyAgain({ contacts, pool, schema }) {
  if (contacts > 0) return;
  await pool.query(`truncate ${WRITTEN.map((table) => `${schema}.${table}`).join(", ")}`);
}

/**
 * Takes the books of owners away again that were measured, and what they left behind.
 *
 * @param {FilledTables} tables
 * @param {readonly string[]} ownerIds
 */
export async function clearAway({ contacts, pool, schema }, ownerIds) {
  if (contacts === 0 || contacts > MOST_CONTACTS_TO_CLEAR) return;
  for (const table of WRITTEN) {
    await pool.query(`delete from ${schema}.${table} where owner_id = any ($1::uuid[])`, [
      ownerIds,
    ]);
    await pool.query(`vacuum ${schema}.${table}`);
  }
}
