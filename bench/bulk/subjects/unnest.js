// An upsert from arrays, matched by a join, in one statement. Sources: ../../sync/subjects/unnest.js.

/** @type {import("../subjects.js").Subject} */
export const unnest = {
  name: "unnest",
  async open({ pool, schema }) {
    const statement = `
      insert into ${schema}.contacts_with_accounts
        (owner_id, phone_key, linked_user_id, is_favorite, last_interaction)
      select c.owner_id, c.phone_key, p.linked_user_id, c.is_favorite, c.last_interaction
        from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::timestamptz[])
             as c (owner_id, phone_key, is_favorite, last_interaction)
        left join ${schema}.phones p on p.phone_key = c.phone_key
          on conflict (owner_id, phone_key) do update
             set linked_user_id = excluded.linked_user_id, is_favorite = excluded.is_favorite,
                 last_interaction = excluded.last_interaction, updated_at = now()`;
    return {
      prepare: (contacts) => async () => {
        await pool.query(statement, [
          contacts.map(({ ownerId }) => ownerId),
          contacts.map(({ phoneKey }) => phoneKey),
          contacts.map(({ isFavorite }) => isFavorite),
          contacts.map(({ lastInteraction }) => lastInteraction),
        ]);
      },
    };
  },
};
