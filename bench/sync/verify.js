/**
 * @import { List } from "./books.js"
 * @import { Claims, Environment } from "./subjects/subject.js"
 */
import { assertCounts } from "../lib/assert-counts.js";

/**
 * What an owner's book has to be after a sync.
 *
 * @typedef {{ contacts: number, linked: number }} Expected
 */

/**
 * Stops the run unless a subject claims the right counts, where it claims any.
 *
 * @param {string} what for the message
 * @param {Claims | void} claims
 * @param {Required<Claims>} expected
 */
export function verifyClaims(what, claims, expected) {
  if (claims) assertCounts(`${what} says`, claims, expected);
}

/**
 * Stops the run unless a book has the right contacts, each linked as the directory says.
 *
 * @param {string} what for the message
 * @param {Environment} environment
 * @param {List} list that was synced last
 * @param {Expected} expected
 */
export async function verifyBook(what, { pool, schema }, list, expected) {
  const { rows } = await pool.query(
    `select count(*)::integer as contacts,
            count(c.linked_user_id)::integer as linked,
            count(*) filter (where c.phone_key = any ($2::uuid[]))::integer as listed,
            count(*) filter (where c.linked_user_id is distinct from p.linked_user_id)::integer as wrong
       from ${schema}.contacts_with_accounts c
       left join ${schema}.phones p on p.phone_key = c.phone_key
      where c.owner_id = $1`,
    [list.ownerId, list.phoneKeys],
  );
  assertCounts(`${what} left`, rows[0], { ...expected, listed: list.phoneKeys.length, wrong: 0 });
}
