// What supabase-js sends the database by way of PostgREST, for
//
//   supabase.from("phones").select("phone_key,linked_user_id").in("phone_key", keys)
//   supabase.from("contacts_with_accounts").upsert(rows, { onConflict: "owner_id,phone_key" })
//
// in the form that PostgREST 12 and later give it: every request a transaction with its settings, a
// body as JSON. Only the database's part: HTTP, PostgREST itself and row level security would come
// on top.
//
// 1,000 rows an upsert. A filter travels in the URL, and at 8 KB servers refuse it, so that 200
// UUIDs fit into a request: 388 were refused in supabase-community/postgrest-csharp#62, 444 shorter
// ids in supabase/supabase-js#678.
//
// https://supabase.com/docs/reference/javascript/upsert
// https://docs.postgrest.org/en/stable/references/transactions.html
// https://docs.postgrest.org/en/stable/references/api/tables_views.html#upsert
// https://github.com/PostgREST/postgrest/blob/main/src/PostgREST/Query/QueryBuilder.hs
// https://github.com/supabase/supabase-js/issues/766
/**
 * @import { Pool } from "pg"
 *
 * @typedef {{ name: string, text: string }} Statement
 */
import { chunksOf } from "./subject.js";

const ROWS_AN_UPSERT = 1_000;
const IDS_A_FILTER = 200;

/** @type {import("./subject.js").Subject} */
export const postgrest = {
  name: "postgrest",
  async open({ pool, schema }) {
    const request = (/** @type {Statement} */ statement) => (/** @type {string} */ parameter) =>
      asRequest(pool, schema, statement, parameter);
    const select = request(selectStatement(schema));
    const upsert = request(upsertStatement(schema));
    return {
      prepare:
        ({ ownerId, phoneKeys }) =>
        async () => {
          /** @type {Map<string, string>} */
          const userOf = new Map();
          for (const chunk of chunksOf(phoneKeys, IDS_A_FILTER)) {
            const { body } = await select(`{${chunk.map((key) => `"${key}"`).join(",")}}`);
            for (const phone of JSON.parse(body)) userOf.set(phone.phone_key, phone.linked_user_id);
          }
          for (const chunk of chunksOf(phoneKeys, ROWS_AN_UPSERT)) {
            const updatedAt = new Date().toISOString();
            const rows = chunk.map((phoneKey) => ({
              owner_id: ownerId,
              phone_key: phoneKey,
              linked_user_id: userOf.get(phoneKey) ?? null,
              updated_at: updatedAt,
            }));
            await upsert(JSON.stringify(rows));
          }
        },
    };
  },
};

/**
 * A request to PostgREST, as the database sees it. Its statements are prepared, as they are by default.
 *
 * @param {Pool} pool
 * @param {string} schema
 * @param {Statement} statement
 * @param {string} parameter
 * @returns {Promise<{ body: string }>} JSON
 */
export async function asRequest(pool, schema, { name, text }, parameter) {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query({
      name: "postgrest_settings",
      text: `select set_config('search_path', $1, true), set_config('role', $2, true),
                    set_config('request.jwt.claims', $3, true), set_config('request.method', $4, true),
                    set_config('request.path', $5, true), set_config('request.headers', $6, true),
                    set_config('request.cookies', $7, true)`,
      values: [schema, "none", '{"role":"service_role"}', "POST", "/", "{}", "{}"],
    });
    const { rows } = await client.query({
      name: `postgrest_${schema}_${name}`,
      text,
      values: [parameter],
      types: { getTypeParser: () => (/** @type {string} */ value) => value },
    });
    await client.query("commit");
    return rows[0];
  } finally {
    client.release();
  }
}

/**
 * Who has the numbers of the parameter, an array.
 *
 * @param {string} schema
 * @returns {Statement}
 */
export const selectStatement = (schema) => ({
  name: "select",
  text: `
    WITH pgrst_source AS (
      SELECT "${schema}"."phones"."phone_key", "${schema}"."phones"."linked_user_id"
        FROM "${schema}"."phones"
       WHERE "${schema}"."phones"."phone_key" = ANY ($1))
    SELECT null::bigint AS total_result_set,
           pg_catalog.count(_postgrest_t) AS page_total,
           coalesce(json_agg(_postgrest_t), '[]') AS body,
           nullif(current_setting('response.headers', true), '') AS response_headers,
           nullif(current_setting('response.status', true), '') AS response_status
      FROM (SELECT * FROM pgrst_source) _postgrest_t`,
});

/**
 * @param {string} schema
 * @returns {Statement}
 */
const upsertStatement = (schema) => ({
  name: "upsert",
  text: `
    WITH pgrst_source AS (
      INSERT INTO "${schema}"."contacts_with_accounts"(
        "linked_user_id", "owner_id", "phone_key", "updated_at")
      SELECT "pgrst_body"."linked_user_id", "pgrst_body"."owner_id",
             "pgrst_body"."phone_key", "pgrst_body"."updated_at"
        FROM (SELECT $1::json AS json_data) pgrst_payload,
             LATERAL (SELECT "linked_user_id", "owner_id", "phone_key", "updated_at"
                        FROM json_to_recordset(pgrst_payload.json_data) AS _(
                          "linked_user_id" uuid, "owner_id" uuid,
                          "phone_key" uuid, "updated_at" timestamp with time zone)) pgrst_body
      ON CONFLICT("owner_id", "phone_key") DO UPDATE
        SET "linked_user_id" = EXCLUDED."linked_user_id", "owner_id" = EXCLUDED."owner_id",
            "phone_key" = EXCLUDED."phone_key", "updated_at" = EXCLUDED."updated_at"
      RETURNING 1)
    SELECT '' AS total_result_set,
           pg_catalog.count(_postgrest_t) AS page_total,
           array[]::text[] AS header,
           '' AS body,
           nullif(current_setting('response.headers', true), '') AS response_headers,
           nullif(current_setting('response.status', true), '') AS response_status
      FROM (SELECT * FROM pgrst_source) _postgrest_t`,
});
