// A create() for every contact, each looked up in the directory and committed by itself: how the
// guide's origin worked before, and where most apps begin.
//
// https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT
// https://node-postgres.com/features/queries#parameterized-query

/** @type {import("./subject.js").Subject} */
export const oneByOne = {
  name: "one-by-one",
  pace: "slowest",
  async open({ pool, schema }) {
    const statement = `
      insert into ${schema}.contacts_with_accounts (owner_id, phone_key, linked_user_id)
      values ($1, $2, (select linked_user_id from ${schema}.phones where phone_key = $2))
      on conflict (owner_id, phone_key)
      do update set linked_user_id = excluded.linked_user_id, updated_at = now()`;
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        async () => {
          for (const phoneKey of phoneKeys) await pool.query(statement, [ownerId, phoneKey]);
        },
    };
  },
};
