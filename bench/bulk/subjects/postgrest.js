// What supabase-js sends the database by way of PostgREST: the matches by a filter of 200 ids a
// request, then upserts of 1,000 rows, each request a transaction. Only the database's part.
// Sources and limits: ../../sync/subjects/postgrest.js.
import { asRequest, selectStatement } from "../../sync/subjects/postgrest.js";
import { chunksOf } from "../../sync/subjects/subject.js";

const ROWS_AN_UPSERT = 1_000;
const IDS_A_FILTER = 200;

/** @type {import("../subjects.js").Subject} */
export const postgrest = {
  name: "postgrest",
  async open({ pool, schema }) {
    const select = selectStatement(schema);
    const upsert = { name: "bulk_upsert", text: upsertStatement(schema) };
    return {
      prepare: (contacts) => async () => {
        /** @type {Map<string, string>} */
        const userOf = new Map();
        for (const chunk of chunksOf(contacts, IDS_A_FILTER)) {
          const ids = `{${chunk.map(({ phoneKey }) => `"${phoneKey}"`).join(",")}}`;
          const { body } = await asRequest(pool, schema, select, ids);
          for (const phone of JSON.parse(body)) userOf.set(phone.phone_key, phone.linked_user_id);
        }
        for (const chunk of chunksOf(contacts, ROWS_AN_UPSERT)) {
          const updatedAt = new Date().toISOString();
          const rows = chunk.map(({ ownerId, phoneKey, isFavorite, lastInteraction }) => ({
            owner_id: ownerId,
            phone_key: phoneKey,
            linked_user_id: userOf.get(phoneKey) ?? null,
            is_favorite: isFavorite,
            last_interaction: lastInteraction,
            updated_at: updatedAt,
          }));
          await asRequest(pool, schema, upsert, JSON.stringify(rows));
        }
      },
    };
  },
};

const COLUMNS = {
  is_favorite: "boolean",
  last_interaction: "timestamp with time zone",
  linked_user_id: "uuid",
  owner_id: "uuid",
  phone_key: "uuid",
  updated_at: "timestamp with time zone",
};

/** @param {string} schema */
function upsertStatement(schema) {
  const names = Object.keys(COLUMNS);
  const types = Object.entries(COLUMNS).map(([name, type]) => `"${name}" ${type}`);
  const list = names.map((name) => `"${name}"`).join(", ");
  return `
  WITH pgrst_source AS (
    INSERT INTO "${schema}"."contacts_with_accounts"(${list})
    SELECT ${names.map((name) => `"pgrst_body"."${name}"`).join(", ")}
      FROM (SELECT $1::json AS json_data) pgrst_payload,
           LATERAL (SELECT ${list}
                      FROM json_to_recordset(pgrst_payload.json_data)
                           AS _(${types.join(", ")})) pgrst_body
    ON CONFLICT("owner_id", "phone_key") DO UPDATE
      SET ${names.map((name) => `"${name}" = EXCLUDED."${name}"`).join(", ")}
    RETURNING 1)
  SELECT pg_catalog.count(_postgrest_t) AS page_total, '' AS body
    FROM (SELECT * FROM pgrst_source) _postgrest_t`;
}
