// Multi-row VALUES with bind parameters, 1,000 rows a statement, all in one transaction: what is
// usually meant by a bulk insert with a driver. The matches are read before, in one query.
//
// https://www.postgresql.org/docs/current/sql-insert.html
// https://www.postgresql.org/docs/current/populate.html#DISABLE-AUTOCOMMIT
// https://node-postgres.com/features/queries#parameterized-query
import { chunksOf, inTransaction } from "./subject.js";

const ROWS_A_STATEMENT = 1_000;

/** @type {import("./subject.js").Subject} */
export const values = {
  name: "values",
  async open({ pool, schema }) {
    const matches = `select phone_key, linked_user_id from ${schema}.phones where phone_key = any ($1)`;
    const upsert = (/** @type {readonly unknown[]} */ rows) => `
      insert into ${schema}.contacts_with_accounts (owner_id, phone_key, linked_user_id)
      values ${rows.map((_, row) => `($${row * 3 + 1}, $${row * 3 + 2}, $${row * 3 + 3})`).join(", ")}
      on conflict (owner_id, phone_key)
      do update set linked_user_id = excluded.linked_user_id, updated_at = now()`;
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        () =>
          inTransaction(pool, async (client) => {
            const { rows } = await client.query(matches, [phoneKeys]);
            const userOf = new Map(rows.map((row) => [row.phone_key, row.linked_user_id]));
            for (const chunk of chunksOf(phoneKeys, ROWS_A_STATEMENT)) {
              await client.query(
                upsert(chunk),
                chunk.flatMap((phoneKey) => [ownerId, phoneKey, userOf.get(phoneKey) ?? null]),
              );
            }
          }),
    };
  },
};
