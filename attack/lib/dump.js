// What a thief reads in a stolen dump: rows as pg_dump writes them, in the order in which they lie in
// the table; `xmin` and `ctid` are in a copy of the files only.

import pg from "pg";

/**
 * @typedef {{ connectionString: string, schema: string, key: string | undefined }} Stolen the key: only
 *   where it was stolen too
 *
 * @typedef {object} DumpedContact
 * @property {string} owner_id
 * @property {string} phone_key 32 hex characters
 * @property {string | null} linked_user_id
 * @property {string} created_at to the microsecond
 * @property {number} held_by
 * @property {string | null} last_interaction
 * @property {string} xmin
 */

/**
 * @param {Stolen} stolen
 * @param {readonly string[]} owners whose books are looked at: the others' are not needed
 * @returns {Promise<DumpedContact[]>}
 */
export function dumpedContacts(stolen, owners) {
  return query(
    stolen,
    `select c.owner_id, replace(c.phone_key::text, '-', '') as phone_key, c.linked_user_id,
            c.created_at::text as created_at, c.held_by,
            c.last_interaction::text as last_interaction, c.xmin::text as xmin
       from contacts_with_accounts c
      where c.owner_id = any ($1)
      order by c.ctid`,
    [owners],
  );
}

/**
 * @param {Stolen} stolen
 * @param {string} owner
 * @returns {Promise<{ device_id: string, slot: number }[]>}
 */
export function dumpedDevices(stolen, owner) {
  return query(stolen, "select device_id, slot from contact_sync_devices where owner_id = $1", [
    owner,
  ]);
}

/**
 * Whatever looks like phone keys in the parts of an owner's sessions, in their order, however these are
 * written: as uuids, or as bytes.
 *
 * @param {Stolen} stolen
 * @param {string} owner
 * @returns {Promise<string[]>} 32 hex characters each
 */
export async function dumpedParts(stolen, owner) {
  const rows = await query(
    stolen,
    `select to_jsonb(p) - 'owner_id' - 'session_id' as part
       from contact_sync_session_parts p
      where p.owner_id = $1
      order by p.session_id, p.part`,
    [owner],
  );
  return rows.flatMap(({ part }) => {
    const text = JSON.stringify(part).replaceAll("-", "");
    return text.match(/[0-9a-f]{32}/g) ?? [];
  });
}

/**
 * How many other owners have a number of this one's book.
 *
 * @param {Stolen} stolen
 * @param {string} owner
 * @returns {Promise<number>}
 */
export async function ownersWhoShare(stolen, owner) {
  const [row] = await query(
    stolen,
    `select count(distinct o.owner_id)::integer as owners
       from contacts_with_accounts c
       join contacts_with_accounts o on o.phone_key = c.phone_key and o.owner_id <> c.owner_id
      where c.owner_id = $1`,
    [owner],
  );
  return row.owners;
}

/**
 * @param {Stolen} stolen
 * @param {string} sql
 * @param {unknown[]} values
 * @returns {Promise<any[]>}
 */
async function query({ connectionString, schema }, sql, values) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query("select set_config('search_path', $1, false)", [schema]);
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
