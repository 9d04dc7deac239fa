// Multi-row VALUES with bind parameters, 1,000 rows a statement, all in one transaction; the matches
// are read before, in one query. Sources: ../../sync/subjects/values.js.
import { chunksOf, inTransaction } from "../../sync/subjects/subject.js";

const ROWS_A_STATEMENT = 1_000;
const COLUMNS = 5;

/** @type {import("../subjects.js").Subject} */
export const values = {
  name: "values",
  async open({ pool, schema }) {
    const matches = `select phone_key, linked_user_id from ${schema}.phones where phone_key = any ($1)`;
    const upsert = (/** @type {readonly unknown[]} */ rows) => `
      insert into ${schema}.contacts_with_accounts
        (owner_id, phone_key, linked_user_id, is_favorite, last_interaction)
      values ${rows.map((_, row) => placesOf(row)).join(", ")}
      on conflict (owner_id, phone_key) do update
        set linked_user_id = excluded.linked_user_id, is_favorite = excluded.is_favorite,
            last_interaction = excluded.last_interaction, updated_at = now()`;
    return {
      prepare: (contacts) => () =>
        inTransaction(pool, async (client) => {
          const { rows } = await client.query(matches, [contacts.map(({ phoneKey }) => phoneKey)]);
          const userOf = new Map(rows.map((row) => [row.phone_key, row.linked_user_id]));
          for (const chunk of chunksOf(contacts, ROWS_A_STATEMENT)) {
            await client.query(
              upsert(chunk),
              chunk.flatMap(({ ownerId, phoneKey, isFavorite, lastInteraction }) => [
                ownerId,
                phoneKey,
                userOf.get(phoneKey) ?? null,
                isFavorite,
                lastInteraction,
              ]),
            );
          }
        }),
    };
  },
};

/** @param {number} row */
function placesOf(row) {
  const places = Array.from({ length: COLUMNS }, (_, column) => `$${row * COLUMNS + column + 1}`);
  return `(${places.join(", ")})`;
}
