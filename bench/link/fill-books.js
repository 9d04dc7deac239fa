/**
 * @import { Pool } from "pg"
 * @import { Tell } from "../lib/run.js"
 * @import { Case } from "./cases.js"
 */
import { fillPhones } from "../lib/fill.js";
import { otherKey } from "../lib/phone-keys.js";
import { BOOK } from "./cases.js";

const OWNERS_A_STATEMENT = 100_000;
/** About so many books fill a page of the table. */
const OWNERS_A_PAGE = 8;
/** Contact 0 of every owner, and contact 1 of the owners that a number of some books is in. */
export const EVERYBODYS = "11111111-1111-4111-8111-111111111111";
export const SOMEBODYS = "22222222-2222-4222-8222-222222222222";

/**
 * Fills the directory, and books that hold numbers nobody has registered yet. Owners and numbers
 * come in no order and the indexes are there, so tables and indexes are as syncs leave them.
 *
 * @param {Pool} pool of one connection
 * @param {string} schema migrated and empty
 * @param {{ owners: number, directory: number, someBooks: number, tell: Tell }} sizes
 */
export async function fillBooks(pool, schema, { owners, directory, someBooks, tell }) {
  await fillPhones(pool, schema, { directory });
  for (let from = 0; from < owners; from += OWNERS_A_STATEMENT) {
    const to = Math.min(owners, from + OWNERS_A_STATEMENT);
    if (from > 0) tell(`Filled the books of ${from} of ${owners} owners.`);
    await pool.query(
      `insert into ${schema}.contacts_with_accounts (owner_id, phone_key)
       select md5('o' || o)::uuid,
              case when i = 0 then '${EVERYBODYS}'
                   when i = 1 and o < $3 then '${SOMEBODYS}'
                   else md5('z' || o || '_' || i)::uuid end
         from generate_series($1::integer, $2::integer - 1) as o,
              generate_series(0, ${BOOK - 1}) as i`,
      [from, to, someBooks],
    );
  }
  await pool.query(
    `insert into ${schema}.contact_sync_status (owner_id, contacts_count, sync_status, last_sync_at)
     select md5('o' || o)::uuid, ${BOOK}, 'completed', now()
       from generate_series(0, $1::integer - 1) as o`,
    [owners],
  );
  await pool.query(`vacuum (analyze) ${schema}.contacts_with_accounts`);
  await pool.query(`vacuum (analyze) ${schema}.contact_sync_status`);
}

/**
 * The phone keys that a case links. Those in one book are other ones every round, of owners from
 * all over the table, so that they meet pages that are still full.
 *
 * @param {Case} of
 * @param {{ round: number, owners: number }} place rounds from 0; owners that were filled in
 * @returns {string[]}
 */
export function phoneKeysOf({ kind, numbers }, { round, owners }) {
  if (kind === "everybody") return [EVERYBODYS];
  if (kind === "some") return [SOMEBODYS];
  const step = Math.floor(owners / numbers);
  return Array.from({ length: numbers }, (_, index) =>
    otherKey((index * step + round * OWNERS_A_PAGE) % owners, BOOK - 1),
  );
}
