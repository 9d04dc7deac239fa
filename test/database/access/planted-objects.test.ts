import { readdir, readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { describePostgres, type PostgresUnderTest } from "../../support/postgres.ts";
import { query } from "../../support/query.ts";
import { withRole } from "../../support/roles.ts";
import { newPhones, newUser, useSql } from "../../support/sql.ts";

const PLANT = await readFile(new URL("../../support/planted-objects.sql", import.meta.url), "utf8");
const DEFINITIONS = new URL("../../../database/definitions/", import.meta.url);

const [OWNER = "", OTHER, FRIEND, STREAM, CLAIM] = Array.from({ length: 5 }, newUser);
const HASHES = newPhones(5);
const [FIRST = "", SECOND = "", THIRD = ""] = HASHES;
const LIST = `'{${HASHES}}'`;
const TOTALS = `row(5, 5, 0, 0, 1, 500, 0, 0, 0, '{}', '{}', null, null, null, null, null, '{}')::contact_sync_result`;

const item = (fields: object) =>
  JSON.stringify([{ owner_id: OTHER, phone_hash: FIRST, ...fields }]);

const SIGNS = `'{"rejected":3,"numbers":3,"neighbours":2,"account_created_at":"2024-01-01"}'::jsonb`;

// Every argument and its type: what a caller leaves out is for the caller to answer for.
const TRUSTED = [
  "use_unsealed()",
  `sync_phone_keys('${OWNER}'::uuid, ${LIST}::uuid[], 5, 500, 'merge'::text, false, true, null::text, ${SIGNS})`,
  `link_phones('{${FIRST},${SECOND}}'::uuid[], '{${FRIEND},${FRIEND}}'::uuid[], '{null,2024-01-01}'::timestamptz[], true, null::uuid[])`,
  `link_phone('${FIRST}'::uuid, '${FRIEND}'::uuid, now(), false, null::uuid)`,
  "link_pending_phones(null::uuid[], 1000)",
  `link_pending_phones('{${FIRST}}'::uuid[], 1)`,
  "link_pending_phones(null::uuid[], 1000)",
  `sync_phone_keys('${OWNER}'::uuid, ${LIST}::uuid[], 5, 500, 'replace'::text, false, true, null::text, ${SIGNS})`,
  `sync_phone_keys('${OWNER}'::uuid, '{${FIRST},${SECOND},${THIRD}}'::uuid[], 5, 1, 'replace'::text, true, true, null::text, ${SIGNS})`,
  `contact_sync_stream_chunk('${OWNER}'::uuid, '${STREAM}'::uuid, ${LIST}::uuid[], 500, true, true, ${SIGNS})`,
  `contact_sync_finish_stream('${OWNER}'::uuid, '${STREAM}'::uuid, 5, 'replace'::text, true, ${TOTALS}, true, ${SIGNS})`,
  `sync_phone_keys('${OWNER}'::uuid, ${LIST}::uuid[], 5, 500, 'replace'::text, false, true, 'phone'::text, ${SIGNS})`,
  `list_contact_changes('${OWNER}'::uuid, null::text, 10)`,
  `list_contact_changes('${OWNER}'::uuid, '1.5.0..c'::text, 10)`,
  `contact_sync_devices d cross join lateral sync_phone_keys_delta(d.owner_id, d.device_id, d.sync_mark, '{}'::uuid[], '{${SECOND}}'::uuid[], '1.5.0..c'::text, false, true, 4, ${SIGNS}) as s`,
  `contact_sync_devices d cross join lateral sync_device_delta(d.owner_id, d.device_id, d.sync_mark, '{${SECOND}}'::text[], '{}'::text[], null::text, false) as s`,
  `contact_sync_devices d cross join lateral contact_sync_device_keys(d.owner_id, d.device_id, d.sync_mark) as k`,
  `list_sync_devices('${OWNER}'::uuid)`,
  `contact_sync_begin_session('${OWNER}'::uuid, 'phone'::text, 'replace'::text, 5)`,
  `contact_sync_sessions e cross join lateral contact_sync_stage_part(e.owner_id, e.session_id, 0, ${LIST}::uuid[], true) as p`,
  `contact_sync_sessions e cross join lateral contact_sync_session_keys(e.owner_id, e.session_id, 1) as k`,
  `contact_sync_sessions e cross join lateral contact_sync_commit_session(e.owner_id, e.session_id, e.version, 500, true, true, ${SIGNS}) as c`,
  `forget_sync_device('${OWNER}'::uuid, 'phone'::text)`,
  "set_choice_retention(30)",
  "contact_sync_count_unchanged('2026-01-01'::date, 5)",
  `bulk_insert_contacts('${item({ is_favorite: true, linked_user_id: FRIEND })}'::jsonb, 500)`,
  `bulk_insert_contacts('${item({ last_interaction: "2024-01-01" })}'::jsonb, 500)`,
  `unlink_phone('${SECOND}'::uuid, '${FRIEND}'::uuid, null::uuid)`,
  `unlink_phones('{${THIRD}}'::uuid[], '{${FRIEND}}'::uuid[], null::uuid[])`,
  "link_pending_phones(null::uuid[], 1000)",
  "relink_phones(1000)",
  "contact_sync_await_fence(interval '5 seconds')",
  "contact_sync_enqueue_unlinked(null::uuid, 10)",
  "contact_sync_enqueue_unconfirmed(null::uuid, null::uuid, 0::bigint, 10)",
  "contact_sync_queue_state()",
  "list_owners_in_the_way(interval '30 seconds')",
  `contact_sync_find_matches('${OWNER}'::uuid, ${LIST}::uuid[])`,
  `contact_sync_claim_answer('${OWNER}'::uuid, 'r'::text, 'k'::text, 'f'::text, '${CLAIM}'::uuid, interval '5 seconds', 100, 0::smallint)`,
  `contact_sync_renew_claims('{${OWNER}}'::uuid[], '{r}'::text[], '{k}'::text[], '{${CLAIM}}'::uuid[], interval '5 seconds')`,
  `contact_sync_keep_answer('${OWNER}'::uuid, 'r'::text, 'k'::text, '${CLAIM}'::uuid, 'x'::bytea)`,
  `contact_sync_record_failure('${OWNER}'::uuid, 5, 'merge'::text, 500, 10, 'INTERNAL'::text)`,
  "get_sync_statistics(30, null::uuid)",
  `get_sync_statistics(30, '${OWNER}'::uuid)`,
  "contact_sync_stats",
  "set_new_number_budget(20000, 2000, 7, 10000)",
  "set_suspect_hold(1)",
  "list_suspects(1, now() - interval '1 day', 10)",
  "list_suspects(1, null::timestamptz, 10)",
  "contact_sync_suspect_state()",
  "get_operation_history(30)",
  "list_sync_failures(30)",
  "list_stored_tables()",
  "contact_sync_estimate_rows('phones'::regclass)",
  "contact_sync_overview()",
  "contact_sync_settings_in_force()",
  `contact_sync_user_report('${OWNER}'::uuid)`,
  `explain_contact('${OWNER}'::uuid, '${FIRST}'::uuid)`,
  `explain_contact('${OWNER}'::uuid, '${newPhones(1)[0]}'::uuid)`,
  `release_owner('${OWNER}'::uuid)`,
  "set_suspect_hold(0)",
  "set_webhooks(true)",
  `contact_sync_announce('{${OWNER},${OWNER}}'::uuid[], '{${FIRST},${SECOND}}'::uuid[], '{${FRIEND},${OTHER}}'::uuid[])`,
  `contact_sync_forget_messages('${OWNER}'::uuid)`,
  `contact_sync_announce('{${OWNER},${OWNER}}'::uuid[], '{${FIRST},${SECOND}}'::uuid[], '{${OTHER},${OTHER}}'::uuid[])`,
  "contact_sync_take_due_messages(100, interval '-1 second')",
  "contact_sync_outbox o cross join lateral contact_sync_claim_message(o.message_id, 1, interval '-1 second') as c",
  "contact_sync_outbox o cross join lateral contact_sync_end_attempt(o.message_id, 1, '500'::text, 7) as e",
  "contact_sync_outbox_state()",
  "list_webhook_messages(null::boolean, 100)",
  "replay_webhook_messages(null::uuid[])",
  "set_webhooks(false)",
  `export_user('${OWNER}'::uuid, null::text, null::integer)`,
  `export_user('${OWNER}'::uuid, 'contacts ${OWNER}'::text, 10)`,
  `forget_phone('${newPhones(1)[0]}'::uuid, null::uuid)`,
  `lift_forgotten_phone('${FIRST}'::uuid, null::uuid)`,
  "contact_sync_drop_forgotten(null::uuid[])",
  "set_retention(18, 1, 90, 30)",
  "count_expired()",
  "apply_retention(10)",
  "contact_sync_seal_state()",
  "contact_sync_record_user_ids('uuid'::text, null::bytea)",
  `contact_sync_named_users('{${OWNER}}'::uuid[])`,
  `contact_sync_name_users('{${OWNER}}'::uuid[], '{42}'::text[])`,
  `contact_sync_id_texts('{${OWNER}}'::uuid[], false)`,
  "contact_sync_drop_unused_users(null::uuid, 10)",
  "contact_sync_drop_erased_users()",
  "contact_sync_keep_user_id_secret('\\x00'::bytea)",
  "find_user('42'::text)",
  `find_id_text('${OWNER}'::uuid)`,
  `contact_sync_book_key_numbers('{${OWNER}}'::uuid[])`,
  "contact_sync_await_seal_readers(interval '5 seconds')",
  "contact_sync_numbers_to_twin(null::uuid, 10)",
  "contact_sync_adopt_books()",
  "contact_sync_start_moving()",
  "contact_sync_books_to_move(null::uuid, 10)",
  `contact_sync_take_books('{${OWNER}}'::uuid[])`,
  "contact_sync_move_books('{}'::uuid[], '{}'::uuid[], '{}'::uuid[])",
  "contact_sync_switch_seal()",
  "contact_sync_messages_to_move(10)",
  "contact_sync_move_messages('{}'::uuid[], '{}'::uuid[])",
  "contact_sync_drop_old_numbers(null::uuid, 10)",
  "contact_sync_drop_old_answers()",
  "contact_sync_newest_entries()",
  "contact_sync_queued_before('{0}'::bigint[])",
  "contact_sync_end_rotation()",
  "contact_sync_rotation_state()",
  `contact_sync_owner_groups('{${OWNER}}'::uuid[])`,
  `contact_sync_enter_node_fence('{${OWNER}}'::uuid[])`,
  `contact_sync_owner_lockers('{${OWNER}}'::uuid[])`,
  `contact_sync_shown_everywhere('{1}'::bigint[], '{1}'::bigint[], '\\x00'::bytea, now())`,
  "contact_sync_node_transactions('x'::text)",
  "contact_sync_node_own_sessions('x'::text)",
  "contact_sync_node_sessions('{3}'::bigint[])",
  "contact_sync_describe_transactions('{3}'::bigint[])",
  "contact_sync_node_fence_holders('x'::text)",
  "contact_sync_node_readers('phones'::regclass::oid, 'x'::text)",
  `contact_sync_cluster_enter_node_fence('{${OWNER}}'::uuid[])`,
  `contact_sync_cluster_choose_place('${OWNER}'::uuid)`,
  "contact_sync_cluster_is_queue_large()",
  "contact_sync_node_state()",
  "contact_sync_close_node()",
  "contact_sync_open_shards()",
  "contact_sync_spread_tables()",
  "contact_sync_node_sizes('{phones,contact_sync_status_pkey}'::text[])",
  `contact_sync_cluster_visible_user('${OWNER}'::uuid, '${FRIEND}'::uuid)`,
  "clean_up_contact_sync(interval '0')",
  "check_contact_sync()",
  "apply_contact_sync_grants()",
  `erase_user('${OTHER}'::uuid)`,
];

const OWN = [
  `sync_user_contacts('${OWNER}'::uuid, ${LIST}::text[], 5, 500)`,
  "get_optimal_batch_size(300, 0.5)",
  "estimate_sync_performance(300, 500)",
  "estimate_sync_performance(300, null::integer)",
  `get_sync_status('${OWNER}'::uuid)`,
  `list_contacts('${OWNER}'::uuid, 100, null::uuid, true, false)`,
  `list_contacts('${OWNER}'::uuid, 100, '${FIRST}'::uuid, false, false)`,
  `find_contact('${OWNER}'::uuid, '${FIRST}'::uuid)`,
  `summarize_contacts('${OWNER}'::uuid)`,
  `set_contact_favorite('${OWNER}'::uuid, '${FIRST}'::uuid, true)`,
  `record_contact_interaction('${OWNER}'::uuid, '${FIRST}'::uuid, now())`,
  `delete_contacts('${OWNER}'::uuid, '{${FIRST}}'::uuid[])`,
  `delete_all_contacts('${OWNER}'::uuid)`,
];

/** Calls that end in a refusal, which has to be ours. */
const REFUSED = [
  `sync_user_contacts('${OWNER}'::uuid, '{x}'::text[], 5, 500)`,
  `sync_user_contacts('${OWNER}'::uuid, ${LIST}::text[], 5, 5000)`,
  `sync_user_contacts('${OWNER}'::uuid, '{${Array.from({ length: 10_001 }, () => FIRST)}}'::text[], 5, 500)`,
  `sync_user_contacts('${newUser()}'::uuid, '{}'::text[], 0, 500)`,
  `list_contacts('${OWNER}'::uuid, 5000, null::uuid, false, false)`,
  `set_contact_favorite('${OWNER}'::uuid, '${newPhones(1)[0]}'::uuid, true)`,
  "get_optimal_batch_size(300, -1::numeric)",
];

const REFUSED_TO_TRUSTED = [
  `bulk_insert_contacts('[{"owner_id": "x"}]'::jsonb, 500)`,
  `bulk_insert_contacts('{}'::jsonb, 500)`,
  `link_phone('${FIRST}'::uuid, '${OTHER}'::uuid, '2020-01-01'::timestamptz, true, null::uuid)`,
  `forget_phone('${FIRST}'::uuid, null::uuid)`,
  "contact_sync_record_seal('a'::text, 'b'::text)",
  "contact_sync_begin_rotation('a'::text, 'b'::text, 'c'::text, 'd'::text)",
  "contact_sync_twin_numbers('{}'::uuid[], '{}'::uuid[])",
  "contact_sync_check_cluster()",
  "distribute_contact_sync()",
  `sync_phone_keys('${OWNER}'::uuid, '{}'::uuid[], 0, 500, 'replace'::text, false, true, null::text, ${SIGNS})`,
];

const PLANTED = (server: PostgresUnderTest) => {
  const { database, rows } = useSql(server);
  beforeAll(() => query(database().superuserConnectionString, PLANT));

  const asOwner = (text: string) =>
    withRole(database().pool, "authenticated", { sub: OWNER }, (client) => client.query(text));

  test("what is planted is preferred to what is built in", async () => {
    await expect(rows("select cardinality('{}'::uuid[])")).rejects.toMatchObject({ code: "XX999" });
    await expect(rows("select 1.5 / 2")).rejects.toMatchObject({ code: "XX999" });
  });

  describe("none of it is run by ours", () => {
    test.each(TRUSTED)("%s", async (call) => {
      await rows(`select * from ${call}`);
    });
    test.each(REFUSED_TO_TRUSTED)("%s", async (call) => {
      await expect(rows(`select * from ${call}`)).rejects.toMatchObject({
        code: expect.stringMatching(/^YC/),
      });
    });
    test.each(REFUSED)("%.80s", async (call) => {
      await expect(asOwner(`select * from ${call}`)).rejects.toMatchObject({
        code: expect.stringMatching(/^YC/),
      });
    });
    test.each(OWN)("%s", async (call) => {
      await asOwner(`select * from ${call}`);
    });
  });
};

describePostgres("a schema in which somebody planted functions and operators", PLANTED, {
  notOnCitus: "its own statements run what is planted, so that a closed schema is all there is",
});

describePostgres("the definitions", (server) => {
  const { rows } = useSql(server);

  // Calls don't pass every line of a function, so their texts are held to the rule as well.
  test("no definition calls a polymorphic or variadic function but by its full name", async () => {
    const polymorphic = await rows(
      `select proname as name from pg_catalog.pg_proc p
        where p.pronamespace operator(pg_catalog.=) 'pg_catalog'::regnamespace
        group by proname
       having bool_and('any' operator(pg_catalog.=) any (array(
                select pg_catalog.left(format_type(a, null), 3) from pg_catalog.unnest(p.proargtypes::oid[]) as a)))`,
    );
    const names = new Set(polymorphic.map(({ name }) => name));
    const files = (await readdir(DEFINITIONS, { recursive: true })).filter((file) =>
      /^(access|functions|guard).*\.sql$/.test(file),
    );
    const found: string[] = [];
    for (const file of files) {
      const text = (await readFile(new URL(file, DEFINITIONS), "utf8"))
        .replace(/--.*$/gm, "")
        .replace(/'(?:[^']|'')*'/g, "''")
        .replaceAll("count(*)", "");
      for (const match of text.matchAll(/(?<![.\w])([a-z_]+)\(/g)) {
        const [, name = ""] = match;
        // Of several arrays, unnest() is PostgreSQL's grammar and no look-up.
        if (!names.has(name) || (name === "unnest" && hasSeveral(text.slice(match.index))))
          continue;
        found.push(`${file}: ${name}`);
      }
    }
    expect(found).toEqual([]);
  });
});

/** Whether a call that begins here has more than one argument. */
function hasSeveral(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if ("([".includes(character)) depth += 1;
    if (")]".includes(character)) depth -= 1;
    if (character === "," && depth === 1) return true;
    if (character === ")" && depth === 0) return false;
  }
  return false;
}
