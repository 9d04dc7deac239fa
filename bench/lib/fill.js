// Fills the engine's tables in the database itself, with what phone-keys.js has in JavaScript: a
// directory of registered numbers, and the books of owners that are 30 % registered.

/**
 * @import { Tell } from "./run.js"
 *
 * @typedef {Pick<import("pg").Pool, "query">} Client one connection
 * @typedef {{ contacts: number, directory: number, tell?: Tell }} Sizes rows; `tell` hears of progress
 */

/** Contacts an owner that was filled in has; the last one may have fewer. */
const FILLED_BOOK = 300;

// A prime, and more than the contacts of a book apart modulo any directory that is not a multiple
// of it, so that no number comes twice in a book.
const REGISTERED_STEP = 104_729;
const OWNER_STEP = 7_919;
const LEAST_DIRECTORY = 1_000;
const CONTACTS_A_STATEMENT = 1_500_000; // whole books

/**
 * Fills the directory, then the contacts that look their links up in it, and makes them as a table
 * is that has been in use: vacuumed and analysed.
 *
 * @param {Client} client
 * @param {string} schema migrated and empty
 * @param {Sizes} sizes
 */
export async function fillTables(client, schema, sizes) {
  await fillPhones(client, schema, sizes);
  await fillContacts(client, schema, sizes);
}

/**
 * Enters registered numbers: number `i` below `directory` belongs to user `i`.
 *
 * @param {Client} client
 * @param {string} schema its `phones` is empty
 * @param {{ directory: number }} sizes rows
 */
export async function fillPhones(client, schema, { directory }) {
  await withoutIndexes(client, schema, "phones", () =>
    client.query(
      `insert into ${schema}.phones (phone_key, linked_user_id, verified_at)
       select md5('r' || i)::uuid, md5('u' || i)::uuid, now()
         from generate_series(0, $1::integer - 1) as i`,
      [directory],
    ),
  );
  await client.query(`vacuum (analyze) ${schema}.phones`);
}

/**
 * Enters the books of owners 0, 1, … of 300 contacts each, as their syncs would have left them: an
 * owner's rows together and in key order, linked as a directory of that size says, with the owner's
 * status row.
 *
 * Contact `n` of an owner is registered for `n % 10` in 0, 1, 2.
 *
 * @param {Client} client
 * @param {string} schema its contacts are empty
 * @param {Sizes} sizes
 */
async function fillContacts(client, schema, { contacts, directory, tell = () => {} }) {
  if (directory < LEAST_DIRECTORY) throw new Error(`a directory of less than ${LEAST_DIRECTORY}`);
  await withoutIndexes(client, schema, "contacts_with_accounts", async () => {
    for (let from = 0; from < contacts; from += CONTACTS_A_STATEMENT) {
      const to = Math.min(contacts, from + CONTACTS_A_STATEMENT);
      await insertBooks(client, schema, { from, to, directory });
      if (contacts > CONTACTS_A_STATEMENT) tell(`${to} of ${contacts} contacts.`);
    }
  });
  await withoutIndexes(client, schema, "contact_sync_status", () =>
    client.query(
      `insert into ${schema}.contact_sync_status (
         owner_id, contacts_count, sync_status, last_sync_at, last_sync_mode,
         device_contacts_count, synced_contacts_count)
       select md5('o' || o)::uuid, n, 'completed', now(), 'merge', n, n
         from generate_series(0, ($1::integer + ${FILLED_BOOK} - 1) / ${FILLED_BOOK} - 1) as o,
              least(${FILLED_BOOK}, $1 - o * ${FILLED_BOOK}) as n`,
      [contacts],
    ),
  );
  for (const table of ["contacts_with_accounts", "contact_sync_status"]) {
    await client.query(`vacuum (analyze) ${schema}.${table}`);
  }
}

/**
 * @param {Client} client
 * @param {string} schema
 * @param {{ from: number, to: number, directory: number }} range of contacts, `to` not among them
 */
async function insertBooks(client, schema, { from, to, directory }) {
  // Sorted book by book: sorting all of it at once would go to disk.
  await client.query(
    `insert into ${schema}.contacts_with_accounts (owner_id, phone_key, linked_user_id)
     select o.id, c.phone_key, c.linked_user_id
       from (select o as counter, md5('o' || o)::uuid as id
               from generate_series($1::integer / ${FILLED_BOOK}, ($2::integer - 1) / ${FILLED_BOOK}) as o) as o
      cross join lateral (
            select case when n.registered then md5('r' || n.place)
                        else md5('z' || o.counter || '_' || n.index) end::uuid as phone_key,
                   case when n.registered then md5('u' || n.place)::uuid end as linked_user_id
              from (select i as index, i % 10 < 3 as registered,
                           (o.counter * ${OWNER_STEP}::bigint + i * ${REGISTERED_STEP}::bigint) % $3::integer as place
                      from generate_series(0, least(${FILLED_BOOK}, $2 - o.counter * ${FILLED_BOOK}) - 1) as i) as n
             order by 1) as c`,
    [from, to, directory],
  );
}

/**
 * Takes a table's indexes and primary key away for the work, and puts back what the migration had
 * made: rows first and indexes then takes a fraction of the time.
 *
 * @param {Client} client
 * @param {string} schema
 * @param {string} table
 * @param {() => Promise<unknown>} work
 */
async function withoutIndexes(client, schema, table, work) {
  const { rows: constraints } = await client.query(
    `select format('%I', conname) as name, pg_get_constraintdef(oid) as definition
       from pg_constraint
      where conrelid = $1::regclass and contype in ('p', 'u')`,
    [`${schema}.${table}`],
  );
  const { rows: indexes } = await client.query(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
       from pg_index i
      where i.indrelid = $1::regclass
        and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [`${schema}.${table}`],
  );
  for (const { name } of constraints) {
    await client.query(`alter table ${schema}.${table} drop constraint ${name}`);
  }
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  await client.query("set maintenance_work_mem = '512MB'");
  await work();
  for (const { name, definition } of constraints) {
    await client.query(`alter table ${schema}.${table} add constraint ${name} ${definition}`);
  }
  for (const { definition } of indexes) await client.query(definition);
  await client.query("reset maintenance_work_mem");
}
