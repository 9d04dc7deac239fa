// Everything that is stored of the owner is deleted and the list inserted again, matched by a join,
// in one transaction: the simplest full import. Favourites and dates are lost, and so are contacts
// that the list does not have.
//
// https://www.postgresql.org/docs/current/sql-delete.html
// https://www.postgresql.org/docs/current/sql-insert.html
import { inTransaction } from "./subject.js";

/** @type {import("./subject.js").Subject} */
export const deleteAndInsert = {
  name: "delete-and-insert",
  replaces: true,
  async open({ pool, schema }) {
    const insert = `
      insert into ${schema}.contacts_with_accounts (owner_id, phone_key, linked_user_id)
      select $1, c.phone_key, p.linked_user_id
        from unnest($2::uuid[]) as c (phone_key)
        left join ${schema}.phones p on p.phone_key = c.phone_key`;
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        () =>
          inTransaction(pool, async (client) => {
            await client.query(`delete from ${schema}.contacts_with_accounts where owner_id = $1`, [
              ownerId,
            ]);
            await client.query(insert, [ownerId, phoneKeys]);
          }),
    };
  },
};
