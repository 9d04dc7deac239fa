import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { refusalOf, useSql } from "../../support/sql.ts";

const OWNER = "'7b0c7b0e-6a2f-4d55-9a53-2a1d1a4a3d11'::uuid";
const OTHER = "'7b0c7b0e-6a2f-4d55-9a53-2a1d1a4a3d12'::uuid";
const KEY = "'0123456789abcdef0123456789abcdef'::uuid";

/**
 * The public functions, by name: a good value for each argument, and after "?" for those of which NULL has
 * a meaning, which is told in the function's own description.
 */
const ARGUMENTS: Record<string, Record<string, string>> = {
  apply_contact_sync_grants: {},
  apply_retention: { p_max_contacts: "1" },
  block_user: { p_user_id: OWNER, p_blocked_user_id: OTHER },
  bulk_insert_contacts: { p_contacts: "'[]'::jsonb", p_batch_size: "500" },
  check_contact_sync: {},
  clean_up_contact_sync: { "p_keep?": "interval '90 days'" },
  contact_sync_begin_session: {
    p_owner_id: OWNER,
    p_device_id: "'phone'",
    p_mode: "'replace'",
    p_device_contacts_count: "1",
  },
  contact_sync_commit_session: {
    p_owner_id: OWNER,
    p_session_id: OWNER,
    p_version: "1",
    p_batch_size: "500",
    p_confirm_removal: "false",
    p_budget: "true",
    "p_signs?": "'{}'::jsonb",
  },
  contact_sync_count_unchanged: { p_sync_date: "'2026-01-01'", p_count: "1" },
  contact_sync_device_keys: { p_owner_id: OWNER, p_device_id: "'phone'", p_sync_mark: OWNER },
  contact_sync_finish_stream: {
    p_owner_id: OWNER,
    p_stream_id: OWNER,
    p_device_contacts_count: "1",
    p_mode: "'merge'",
    p_confirm_removal: "false",
    p_totals: "'(0,0,0,0,1,500,0,0,0,{},{},,,,,,)'::contact_sync_result",
    p_budget: "true",
    "p_signs?": "'{}'::jsonb",
  },
  contact_sync_record_failure: {
    p_owner_id: OWNER,
    p_device_contacts_count: "1",
    p_mode: "'merge'",
    p_batch_size: "500",
    p_processing_time_ms: "1",
    p_error_code: "'INTERNAL'",
  },
  contact_sync_record_seal: { p_key_id: "'id'", p_check_value: "'value'" },
  contact_sync_session_keys: { p_owner_id: OWNER, p_session_id: OWNER, p_parts: "1" },
  contact_sync_stage_part: {
    p_owner_id: OWNER,
    p_session_id: OWNER,
    p_part: "0",
    p_phone_keys: "'{}'::uuid[]",
    p_budget: "true",
  },
  contact_sync_stream_chunk: {
    p_owner_id: OWNER,
    p_stream_id: OWNER,
    p_phone_keys: "'{}'::uuid[]",
    p_batch_size: "500",
    p_stage: "false",
    p_budget: "true",
    "p_signs?": "'{}'::jsonb",
  },
  count_expired: {},
  delete_all_contacts: { p_owner_id: OWNER },
  delete_contacts: { p_owner_id: OWNER, p_phone_keys: "'{}'::uuid[]" },
  distribute_contact_sync: {},
  erase_user: { p_user_id: OWNER },
  estimate_sync_performance: { p_contact_count: "2", "p_batch_size?": "500" },
  explain_contact: { p_owner_id: OWNER, p_phone_key: KEY },
  export_user: { p_user_id: OWNER, "p_after?": "'about'", "p_limit?": "10" },
  find_contact: { p_owner_id: OWNER, p_phone_key: KEY },
  find_id_text: { p_user_id: OWNER },
  find_user: { p_id_text: "'42'" },
  forget_phone: {
    p_phone_key: "'0123456789abcdef0123456789abcdee'::uuid",
    "p_next_phone_key?": "null",
  },
  forget_sync_device: { p_owner_id: OWNER, p_device_id: "'phone'" },
  get_discoverability: { p_user_id: OWNER },
  get_operation_history: { p_days: "30" },
  get_optimal_batch_size: { p_estimated_contact_count: "2", p_avg_contact_size_kb: "0.5" },
  get_sync_statistics: { p_days: "30", "p_owner_id?": OWNER },
  get_sync_status: { p_owner_id: OWNER },
  lift_forgotten_phone: { p_phone_key: KEY, "p_next_phone_key?": "null" },
  link_pending_phones: { "p_phone_keys?": "'{}'::uuid[]", p_max_contacts: "1" },
  link_phone: {
    p_phone_key: KEY,
    p_user_id: OWNER,
    "p_verified_at?": "now()",
    p_announce: "true",
    "p_next_phone_key?": "null",
  },
  link_phones: {
    p_phone_keys: `array[${KEY}]`,
    p_user_ids: `array[${OWNER}]`,
    "p_verified_at?": "array[now()]",
    p_announce: "true",
    "p_next_phone_keys?": "null",
  },
  list_blocked_users: { p_user_id: OWNER, p_limit: "100", "p_after_user_id?": OWNER },
  list_contact_changes: { p_owner_id: OWNER, "p_cursor?": "'1.0.0..c'", p_limit: "10" },
  list_contacts: {
    p_owner_id: OWNER,
    p_limit: "100",
    "p_after_phone_key?": KEY,
    p_linked_only: "false",
    p_favorites_only: "false",
  },
  list_owners_in_the_way: { p_longer_than: "interval '30 seconds'" },
  list_stored_tables: {},
  list_suspects: { p_min_score: "30", "p_since?": "now()", p_limit: "10" },
  list_sync_devices: { p_owner_id: OWNER },
  list_sync_failures: { p_days: "30" },
  list_webhook_messages: { "p_set_aside?": "true", p_limit: "10" },
  record_contact_interaction: { p_owner_id: OWNER, p_phone_key: KEY, "p_at?": "now()" },
  release_owner: { p_owner_id: OWNER },
  relink_phones: { p_max_contacts: "1" },
  replay_webhook_messages: { "p_message_ids?": `array[${OWNER}]` },
  set_choice_retention: { "p_days?": "30" },
  set_contact_favorite: { p_owner_id: OWNER, p_phone_key: KEY, p_is_favorite: "true" },
  set_default_discoverability: { "p_discoverable?": "'mutual'" },
  set_discoverability: { p_user_id: OWNER, "p_discoverable?": "'nobody'" },
  set_new_number_budget: {
    "p_burst?": "20000",
    "p_refill_per_day?": "2000",
    "p_new_account_days?": "7",
    "p_new_account_burst?": "10000",
  },
  set_retention: {
    "p_silent_owner_months?": "18",
    "p_forgotten_number_months?": "0",
    "p_run_days?": "90",
    "p_choice_days?": "30",
  },
  set_suspect_hold: { "p_min_score?": "60" },
  set_webhooks: { "p_enabled?": "true" },
  summarize_contacts: { p_owner_id: OWNER },
  sync_device_contacts: {
    p_owner_id: OWNER,
    p_device_id: "'phone'",
    p_phone_hashes: "'{}'::text[]",
    p_device_contacts_count: "1",
    p_batch_size: "500",
    p_mode: "'merge'",
    p_confirm_removal: "false",
  },
  sync_device_delta: {
    p_owner_id: OWNER,
    p_device_id: "'phone'",
    p_sync_mark: OWNER,
    p_added: "'{}'::text[]",
    p_removed: "'{}'::text[]",
    "p_changes_cursor?": "'1.0.0..c'",
    p_confirm_removal: "false",
  },
  sync_phone_keys: {
    p_owner_id: OWNER,
    p_phone_keys: "'{}'::uuid[]",
    p_device_contacts_count: "1",
    p_batch_size: "500",
    p_mode: "'merge'",
    p_confirm_removal: "false",
    p_budget: "true",
    "p_device_id?": "'phone'",
    "p_signs?": "'{}'::jsonb",
  },
  sync_phone_keys_delta: {
    p_owner_id: OWNER,
    p_device_id: "'phone'",
    p_sync_mark: OWNER,
    p_added: "'{}'::uuid[]",
    p_removed: "'{}'::uuid[]",
    p_changes_cursor: "'1.0.0..c'",
    p_confirm_removal: "false",
    p_budget: "true",
    "p_device_contacts_count?": "1",
    "p_signs?": "'{}'::jsonb",
  },
  sync_user_contacts: {
    p_owner_id: OWNER,
    p_phone_hashes: "'{}'::text[]",
    p_device_contacts_count: "1",
    p_batch_size: "500",
  },
  unblock_user: { p_user_id: OWNER, p_blocked_user_id: OTHER },
  unlink_phone: { p_phone_key: KEY, "p_user_id?": OWNER, "p_next_phone_key?": "null" },
  unlink_phones: {
    p_phone_keys: `array[${KEY}]`,
    "p_user_ids?": `array[${OWNER}]`,
    "p_next_phone_keys?": "null",
  },
  use_unsealed: {},
};

/** With good values they refuse an unknown device, or session. */
const NEEDS_A_DEVICE = [
  "sync_phone_keys_delta",
  "sync_device_delta",
  "contact_sync_commit_session",
];

// Those of ours whose names begin with contact_sync_ are internal; of them, those that the library
// calls with what its callers gave.
const PUBLIC = `
  select p.proname as name,
         coalesce((select array_agg(a.name order by a.position)
                     from unnest(p.proargnames, p.proargmodes) with ordinality
                          as a (name, mode, position)
                    where coalesce(a.mode, 'i') = 'i'), '{}') as arguments,
         p.proisstrict as is_strict
    from pg_proc p
   where p.pronamespace = 'public'::regnamespace
     and (p.proname not like 'contact\\_sync\\_%'
          or p.proname in ('contact_sync_begin_session', 'contact_sync_commit_session',
                           'contact_sync_count_unchanged', 'contact_sync_device_keys',
                           'contact_sync_finish_stream', 'contact_sync_record_failure',
                           'contact_sync_record_seal', 'contact_sync_session_keys',
                           'contact_sync_stage_part', 'contact_sync_stream_chunk'))
   order by 1`;

describePostgres("NULL arguments", (server) => {
  const { rows } = useSql(server);

  test("are tried on every public function there is", async () => {
    const functions = await rows(PUBLIC);
    const tried = Object.entries(ARGUMENTS).map(([name, values]) => ({
      name,
      arguments: Object.keys(values).map(withoutMark),
      is_strict: false, // a strict function answers NULL with NULL
    }));
    expect(functions).toEqual(tried);
  });

  const cases = Object.entries(ARGUMENTS).flatMap(([name, values]) =>
    Object.keys(values).map((argument) => ({ name, values, argument })),
  );

  test.each(
    cases.filter(({ argument }) => !argument.endsWith("?")),
  )("$name refuses $argument", async ({ name, values, argument }) => {
    const { code } = await refusalOf(rows(callWithNull(name, values, argument)));
    expect(["INVALID_ARGUMENT", "INVALID_BATCH_SIZE", "INVALID_PHONE_HASH"]).toContain(code);
  });

  test.each(
    cases.filter(
      ({ name, argument }) =>
        argument.endsWith("?") && !["record_contact_interaction", ...NEEDS_A_DEVICE].includes(name),
    ),
  )("$name takes $argument for left out", async ({ name, values, argument }) => {
    await rows(callWithNull(name, values, argument));
  });

  test("a mode there is not", async () => {
    for (const name of [
      "sync_phone_keys",
      "sync_device_contacts",
      "contact_sync_finish_stream",
      "contact_sync_record_failure",
      "contact_sync_begin_session",
    ]) {
      const values = { ...ARGUMENTS[name], p_mode: "'mirror'" };
      const { code } = await refusalOf(rows(call(name, values)));
      expect(code).toBe("INVALID_ARGUMENT");
    }
  });
});

const withoutMark = (argument: string) => argument.replace("?", "");

function callWithNull(name: string, values: Record<string, string>, argument: string): string {
  return call(name, { ...values, [argument]: "null" });
}

function call(name: string, values: Record<string, string>): string {
  const given = Object.entries(values).map(
    ([argument, value]) => `${withoutMark(argument)} => ${value}`,
  );
  return `select * from ${name}(${given.join(", ")})`;
}
