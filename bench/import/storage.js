/** @import { Pool } from "pg" */
import { otherKey, ownerId, registeredKey } from "../lib/phone-keys.js";
import { BOOK } from "./cases.js";

const TABLES = ["contacts_with_accounts", "contact_sync_status", "contact_sync_runs", "phones"];
/** Numbers that are linked in one call, in no order. */
const NUMBERS_A_CALL = 1_000;

/**
 * @typedef {object} Storage
 * @property {string} state
 * @property {Record<string, Taken>} tables by name
 *
 * @typedef {object} Taken
 * @property {number} rows
 * @property {number} heap bytes a row, from here on
 * @property {Record<string, number>} indexes
 * @property {number} total
 */

/**
 * What a contact, an owner, a sync and a registered number take on disk: as the import, syncs and
 * verifications left them, and as densely as they can be packed.
 *
 * @param {Pool} pool of one connection
 * @param {string} schema its tables are emptied
 * @param {{ contacts: number, directory: number, importBook: () => Promise<unknown> }} how rows; and
 *   what imports one book of that size
 * @returns {Promise<Storage[]>}
 */
export async function measureStorage(pool, schema, { contacts, directory, importBook }) {
  /** @type {Storage[]} */
  const storage = [];
  const measure = async (/** @type {string} */ state, /** @type {readonly string[]} */ tables) => {
    storage.push({ state, tables: await sizesOf(pool, schema, tables) });
  };
  const empty = (/** @type {readonly string[]} */ tables) =>
    pool.query(`truncate ${tables.map((table) => `${schema}.${table}`).join(", ")}`);

  // Not the directory: the import looks its numbers up there.
  await empty(TABLES.filter((table) => table !== "phones"));
  await importBook();
  await measure("one book, imported", ["contacts_with_accounts"]);
  await pack(pool, schema, ["contacts_with_accounts"]);
  await measure("one book, packed", ["contacts_with_accounts"]);

  await empty(TABLES);
  await linkNumbers(pool, schema, directory);
  await syncBooks(pool, schema, { contacts, directory });
  await measure(`books of ${BOOK}, synced`, TABLES);
  await pack(pool, schema, TABLES);
  await measure(`books of ${BOOK}, packed`, TABLES);
  return storage;
}

/**
 * Number after number comes to the directory, as people verify theirs.
 *
 * @param {Pool} pool
 * @param {string} schema
 * @param {number} directory
 */
async function linkNumbers(pool, schema, directory) {
  for (let from = 0; from < directory; from += NUMBERS_A_CALL) {
    await pool.query(
      `select l.phones_linked
         from (select array_agg(md5('r' || i)::uuid) as keys, array_agg(md5('u' || i)::uuid) as users
                 from generate_series($1::integer, $2::integer - 1) as i) as given,
              ${schema}.link_phones(given.keys, given.users) as l`,
      [from, Math.min(directory, from + NUMBERS_A_CALL)],
    );
  }
  // Nobody holds them yet.
  await pool.query(`truncate ${schema}.contact_sync_pending_links`);
}

/**
 * Owner after owner comes with a book, in no order of their ids.
 *
 * @param {Pool} pool
 * @param {string} schema
 * @param {{ contacts: number, directory: number }} counts
 */
async function syncBooks(pool, schema, { contacts, directory }) {
  for (let owner = 0; owner < Math.floor(contacts / BOOK); owner += 1) {
    const phoneKeys = Array.from({ length: BOOK }, (_, index) =>
      index % 10 < 3
        ? registeredKey((owner * 104_723 + index * 15_485_863) % directory)
        : otherKey(owner, index),
    );
    const { rows } = await pool.query(
      `select contacts_inserted from ${schema}.sync_phone_keys($1, $2, $3)`,
      [ownerId(owner), `{${phoneKeys.join(",")}}`, BOOK],
    );
    if (rows[0].contacts_inserted !== BOOK) throw new Error("a book was not stored whole");
  }
}

/**
 * @param {Pool} pool
 * @param {string} schema
 * @param {readonly string[]} tables
 */
async function pack(pool, schema, tables) {
  for (const table of tables) await pool.query(`vacuum (full) ${schema}.${table}`);
}

/**
 * @param {Pool} pool
 * @param {string} schema
 * @param {readonly string[]} tables
 */
async function sizesOf(pool, schema, tables) {
  /** @type {Record<string, Taken>} */
  const sizes = {};
  for (const table of tables) {
    const { rows } = await pool.query(
      `select (select count(*)::integer from ${schema}.${table}) as rows,
              pg_relation_size($1::regclass)::float8 as heap,
              (select json_object_agg(c.relname, pg_relation_size(c.oid) order by c.relname)
                 from pg_index i
                 join pg_class c on c.oid = i.indexrelid
                where i.indrelid = $1::regclass) as indexes`,
      [`${schema}.${table}`],
    );
    /** @type {{ rows: number, heap: number, indexes: Record<string, number> }} */
    const { rows: count, heap, indexes } = rows[0];
    /** @type {[string, number][]} */
    const perRow = Object.entries(indexes).map(([name, bytes]) => [name, bytes / count]);
    sizes[table] = {
      rows: count,
      heap: heap / count,
      indexes: Object.fromEntries(perRow),
      total: perRow.reduce((bytes, [, index]) => bytes + index, heap / count),
    };
  }
  return sizes;
}
