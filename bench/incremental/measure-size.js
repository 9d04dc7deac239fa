// What a contact takes on disk, beside what it took before contacts knew who holds them.

import { withPool } from "../lib/connection.js";
/**
 * @import { Pool } from "pg"
 * @import { Run } from "../lib/run.js"
 */
import { withSchema } from "../lib/database.js";
import { fillPhones } from "../lib/fill.js";
import { SIZES } from "./cases.js";
import { SqlDevice } from "./sql-device.js";

const BOOK = 300;

// The table and its indexes as they were.
const BEFORE = (/** @type {string} */ schema) => `
  create table ${schema}.contacts_before (
    owner_id         uuid        not null,
    phone_key        uuid        not null,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    linked_user_id   uuid,
    last_interaction timestamptz,
    is_favorite      boolean     not null default false,
    link_given       boolean     not null default false,
    constraint contacts_before_pkey primary key (owner_id, phone_key)
  );
  create index on ${schema}.contacts_before (phone_key);
  create index on ${schema}.contacts_before (owner_id, phone_key) where linked_user_id is not null;
  create index on ${schema}.contacts_before (owner_id, phone_key) where is_favorite;
  create index on ${schema}.contacts_before (owner_id, phone_key) where link_given`;

/** @typedef {{ table: string, heap: number, indexes: number, rows: number }} SizeSample bytes a row, and how many rows */

/**
 * Books of 300 are synced by a device, and each is written as it then is into the table as it was:
 * owner after owner, in key order.
 *
 * @param {Run} run
 * @returns {Promise<SizeSample[]>}
 */
export function measureSize({ database, size, tell }) {
  return withSchema(database, "size", ({ connectionString, schema }) =>
    withPool(connectionString, async (pool) => {
      const { sizes: contacts, directorySize } = SIZES[size];
      tell(`Syncing books of ${BOOK}, ${contacts} contacts in all.`);
      await fillPhones(pool, schema, { directory: directorySize });
      await pool.query(BEFORE(schema));
      for (let owner = 0; owner < contacts / BOOK; owner += 1) {
        const device = new SqlDevice(pool, schema, { owner, contacts: BOOK, directorySize });
        await device.full();
        await pool.query(
          `insert into ${schema}.contacts_before (owner_id, phone_key, linked_user_id)
           select c.owner_id, c.phone_key, c.linked_user_id
             from ${schema}.contacts_with_accounts c
            where c.owner_id = $1
            order by c.phone_key`,
          [device.ownerId],
        );
      }
      return [
        await sizeOf(pool, schema, "contacts_before"),
        await sizeOf(pool, schema, "contacts_with_accounts"),
        await sizeOf(pool, schema, "contact_sync_devices"),
      ];
    }),
  );
}

/**
 * @param {Pool} pool
 * @param {string} schema
 * @param {string} table
 * @returns {Promise<SizeSample>}
 */
async function sizeOf(pool, schema, table) {
  const { rows } = await pool.query(
    `select (select count(*)::float8 from ${schema}.${table}) as rows,
            pg_relation_size($1::regclass)::float8 as heap,
            pg_indexes_size($1::regclass)::float8 as indexes`,
    [`${schema}.${table}`],
  );
  const { rows: count, heap, indexes } = rows[0];
  return { table, rows: count, heap: heap / count, indexes: indexes / count };
}
