import { withSchema } from "../lib/database.js";
import { fillTables } from "../lib/fill.js";
import { warmSession } from "../sync/environments.js";

/** What syncs write. */
const WRITTEN = ["contacts_with_accounts", "contact_sync_status", "contact_sync_runs"];

/**
 * Fills schemas, one for each table variant that is given, all with the same contacts and directory,
 * and gives the work all of them.
 *
 * @template Result
 * @param {{ connectionString: string, schema: string, key: string }} database
 * @param {readonly Partial<import("./table-variants.js").TableVariant>[]} variants at least their ids
 * @param {{ pool: import("pg").Pool, contacts: number, directory: number, tell: (line: string) => void }} how
 * @param {(filled: Map<string, import("./variant.js").Environment>) => Promise<Result>} work by id
 * @returns {Promise<Result>}
 */
export async function withFilledSchemas(database, [next, ...others], how, work) {
  if (next === undefined) return work(new Map());
  const { pool, contacts, directory, tell } = how;
  return withSchema(database, next.id.replaceAll("-", "_"), async ({ schema }) => {
    const environment = { pool, schema };
    tell(`Filling ${contacts} contacts and a directory of ${directory}: ${next.id}.`);
    // The phone keys stand for themselves, so that all ways in take the same ones.
    await pool.query(`select ${schema}.contact_sync_use_unsealed()`);
    await next.beforeFill?.(environment);
    await fillTables(pool, schema, { contacts, directory, tell });
    await next.afterFill?.(environment);
    await withoutAutovacuum(environment);
    await warmSession(environment);
    return withFilledSchemas(database, others, how, (rest) =>
      work(new Map([[next.id, environment], ...rest])),
    );
  });
}

/** It would come whenever it likes. Partitions have it, and not the table that they make up. */
async function withoutAutovacuum({ pool, schema }) {
  const { rows } = await pool.query(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind = 'r'`,
    [schema],
  );
  for (const { name } of rows) {
    await pool.query(`alter table ${name} set (autovacuum_enabled = off)`);
  }
}

/**
 * Takes the books of owners away again that were measured, and what they left behind.
 *
 * @param {import("./variant.js").Environment} environment
 * @param {readonly string[]} ownerIds
 */
export async function clearAway({ pool, schema }, ownerIds) {
  for (const table of WRITTEN) {
    await pool.query(`delete from ${schema}.${table} where owner_id = any ($1::uuid[])`, [
      ownerIds,
    ]);
    await pool.query(`vacuum ${schema}.${table}`);
  }
}

/**
 * What a contact and a registered number take on disk, in bytes, all indexes included.
 *
 * @param {import("./variant.js").Environment} environment its tables are as they were filled
 * @param {{ contacts: number, directory: number }} rows
 */
export async function bytesARow({ pool, schema }, { contacts, directory }) {
  const { rows } = await pool.query(
    `select (select sum(pg_relation_size(c.oid) + pg_indexes_size(c.oid))::float8
               from pg_class c
              where c.oid = $1::regclass
                 or c.oid in (select inhrelid from pg_inherits where inhparent = $1::regclass)) as contacts,
            pg_relation_size($2::regclass)::float8 + pg_indexes_size($2::regclass) as phones`,
    [`${schema}.contacts_with_accounts`, `${schema}.phones`],
  );
  return { contact: rows[0].contacts / contacts, number: rows[0].phones / directory };
}
