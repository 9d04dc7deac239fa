// An upsert from an array, matched by a join, in one statement: the usual advice for bulk upserts
// on PostgreSQL.
//
// https://atdatabases.org/blog/2022/01/21/optimizing-postgres-using-unnest
// https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT

/** @type {import("./subject.js").Subject} */
export const unnest = {
  name: "unnest",
  async open({ pool, schema }) {
    const statement = `
      insert into ${schema}.contacts_with_accounts (owner_id, phone_key, linked_user_id)
      select $1, c.phone_key, p.linked_user_id
        from unnest($2::uuid[]) as c (phone_key)
        left join ${schema}.phones p on p.phone_key = c.phone_key
          on conflict (owner_id, phone_key)
          do update set linked_user_id = excluded.linked_user_id, updated_at = now()`;
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        async () => {
          await pool.query(statement, [ownerId, phoneKeys]);
        },
    };
  },
};
