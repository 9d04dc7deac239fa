// What supabase-js sends the database by way of PostgREST: the matches by a filter of 200 ids a
// request, then upserts of 1,000 rows, each request a transaction. Only the database's part.
// Sources and limits: ../../sync/subjects/postgrest.js.
import { chunksOf, inTransaction } from "../../sync/subjects/subject.js";

const ROWS_AN_UPSERT = 1_000;
const IDS_A_FILTER = 200;

/** @type {import("../subjects.js").Subject} */
export const postgrest = {
  name: "postgrest",
  async open({ pool, schema }) {
    const select = { name: `bulk_select_${schema}`, text: selectStatement(schema) };
    const upsert = { name: `bulk_upsert_${schema}`, text: upsertStatement(schema) };
    return {
      prepare: (contacts) => async () => {
        const userOf = new Map();
        for (const chunk of chunksOf(contacts, IDS_A_FILTER)) {
          const ids = `{${chunk.map(({ phoneKey }) => `"${phoneKey}"`).join(",")}}`;
          for (const phone of await asRequest(pool, schema, select, ids)) {
            userOf.set(phone.phone_key, phone.linked_user_id);
          }
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

/** Its statements are prepared, as PostgREST's are by default. */
async function asRequest(pool, schema, statement, parameter) {
  let body;
  await inTransaction(pool, async (client) => {
    await client.query({
      name: "bulk_settings",
      text: `select set_config('search_path', $1, true), set_config('role', $2, true),
                    set_config('request.jwt.claims', $3, true), set_config('request.method', $4, true),
                    set_config('request.path', $5, true), set_config('request.headers', $6, true),
                    set_config('request.cookies', $7, true)`,
      values: [schema, "none", '{"role":"service_role"}', "POST", "/", "{}", "{}"],
    });
    const { rows } = await client.query({ ...statement, values: [parameter] });
    body = rows[0].body;
  });
  return body;
}

const selectStatement = (schema) => `
  WITH pgrst_source AS (
    SELECT "phones"."phone_key", "phones"."linked_user_id"
      FROM "${schema}"."phones"
     WHERE "phones"."phone_key" = ANY ($1))
  SELECT pg_catalog.count(_postgrest_t) AS page_total,
         coalesce(json_agg(_postgrest_t), '[]') AS body
    FROM (SELECT * FROM pgrst_source) _postgrest_t`;

const COLUMNS = {
  is_favorite: "boolean",
  last_interaction: "timestamp with time zone",
  linked_user_id: "uuid",
  owner_id: "uuid",
  phone_key: "uuid",
  updated_at: "timestamp with time zone",
};

function upsertStatement(schema) {
  const names = Object.keys(COLUMNS);
  const list = names.map((name) => `"${name}"`).join(", ");
  return `
  WITH pgrst_source AS (
    INSERT INTO "${schema}"."contacts_with_accounts"(${list})
    SELECT ${names.map((name) => `"pgrst_body"."${name}"`).join(", ")}
      FROM (SELECT $1::json AS json_data) pgrst_payload,
           LATERAL (SELECT ${list}
                      FROM json_to_recordset(pgrst_payload.json_data)
                           AS _(${names.map((name) => `"${name}" ${COLUMNS[name]}`).join(", ")})) pgrst_body
    ON CONFLICT("owner_id", "phone_key") DO UPDATE
      SET ${names.map((name) => `"${name}" = EXCLUDED."${name}"`).join(", ")}
    RETURNING 1)
  SELECT pg_catalog.count(_postgrest_t) AS page_total, '' AS body
    FROM (SELECT * FROM pgrst_source) _postgrest_t`;
}
