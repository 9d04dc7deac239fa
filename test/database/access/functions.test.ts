import { expect, test } from "vitest";
import { describePostgres } from "../../support/postgres.ts";
import { useSql } from "../../support/sql.ts";

/**
 * Who may call what. A new function must be entered here: what it does decides where. Whoever is
 * in `OWN` checks for whom it is called (own-data.test.ts).
 */
const OWN = [
  "block_user",
  "delete_all_contacts",
  "delete_contacts",
  "find_contact",
  "forget_sync_device",
  "get_discoverability",
  "get_sync_status",
  "list_blocked_users",
  "list_contact_changes",
  "list_contacts",
  "list_sync_devices",
  "record_contact_interaction",
  "set_contact_favorite",
  "set_discoverability",
  "summarize_contacts",
  "sync_device_contacts", // this and the next two: in an unsealed database only
  "sync_device_delta",
  "sync_user_contacts",
  "unblock_user",
];

/** What those stand on for a signed-in user; they run with the rights of their owner. */
const OWN_INNER = OWN.map((name) => `contact_sync_own_${name}`);

/** Tell nothing about anybody. */
const HARMLESS = [
  "contact_sync_is_trusted_caller",
  "contact_sync_subject",
  "estimate_sync_performance",
  "get_optimal_batch_size",
];

const SERVICE_ONLY = [
  "apply_contact_sync_grants",
  "apply_retention",
  "bulk_insert_contacts",
  "check_contact_sync",
  "clean_up_contact_sync",
  "contact_sync_access_faults",
  "contact_sync_add_rest",
  "contact_sync_adopt_books",
  "contact_sync_announce",
  "contact_sync_announce_stale",
  "contact_sync_apply",
  "contact_sync_apply_delta",
  "contact_sync_asks_consent",
  "contact_sync_await_fence",
  "contact_sync_await_seal_readers",
  "contact_sync_begin_rotation",
  "contact_sync_begin_session",
  "contact_sync_book_key_numbers",
  "contact_sync_books_to_move",
  "contact_sync_bucket_bounds",
  "contact_sync_bucket_ms",
  "contact_sync_caller",
  "contact_sync_change_block",
  "contact_sync_change_marks",
  "contact_sync_check_batch_size",
  "contact_sync_check_book_key",
  "contact_sync_check_call_size",
  "contact_sync_check_device_count",
  "contact_sync_check_device_id",
  "contact_sync_check_discoverable",
  "contact_sync_check_mode",
  "contact_sync_check_next_keys",
  "contact_sync_check_range",
  "contact_sync_choose_discoverable",
  "contact_sync_claim_answer",
  "contact_sync_claim_message",
  "contact_sync_clear_slot",
  "contact_sync_commit_session",
  "contact_sync_consent_changed",
  "contact_sync_contact_missing",
  "contact_sync_count_paid",
  "contact_sync_count_stored",
  "contact_sync_count_unchanged",
  "contact_sync_cursor",
  "contact_sync_daily_figures",
  "contact_sync_daily_statistics",
  "contact_sync_default_discoverable",
  "contact_sync_degree",
  "contact_sync_delivery_delay",
  "contact_sync_device_keys",
  "contact_sync_directory_state",
  "contact_sync_distinct_keys",
  "contact_sync_drop_erased_users",
  "contact_sync_drop_forgotten",
  "contact_sync_drop_old_answers",
  "contact_sync_drop_old_numbers",
  "contact_sync_drop_sessions",
  "contact_sync_drop_streams",
  "contact_sync_drop_unused_users",
  "contact_sync_end_attempt",
  "contact_sync_end_rotation",
  "contact_sync_end_session",
  "contact_sync_enqueue_unconfirmed",
  "contact_sync_enqueue_unlinked",
  "contact_sync_enter_fence",
  "contact_sync_erase_user",
  "contact_sync_estimate_rows",
  "contact_sync_expand_books",
  "contact_sync_expired_contacts",
  "contact_sync_export_about",
  "contact_sync_fence_holders",
  "contact_sync_find_matches",
  "contact_sync_finish_stream",
  "contact_sync_fold",
  "contact_sync_fold_links",
  "contact_sync_forget_contacts",
  "contact_sync_forget_messages",
  "contact_sync_guard_added",
  "contact_sync_guard_removal",
  "contact_sync_has_outbox",
  "contact_sync_hold_seal",
  "contact_sync_id_texts",
  "contact_sync_is_anybody_mutual",
  "contact_sync_is_erased_link",
  "contact_sync_is_in_progress",
  "contact_sync_is_mutual",
  "contact_sync_is_signed_in",
  "contact_sync_judge",
  "contact_sync_keep_answer",
  "contact_sync_keep_user_id_secret",
  "contact_sync_key_number",
  "contact_sync_leaves",
  "contact_sync_link_of",
  "contact_sync_link_pass",
  "contact_sync_lock_owners",
  "contact_sync_make_settings",
  "contact_sync_mark_after",
  "contact_sync_may_find",
  "contact_sync_measure_population",
  "contact_sync_measure_state",
  "contact_sync_merge",
  "contact_sync_messages_to_move",
  "contact_sync_milliseconds_since",
  "contact_sync_move_books",
  "contact_sync_move_messages",
  "contact_sync_mutual_changed",
  "contact_sync_name_users",
  "contact_sync_named_users",
  "contact_sync_new_key_number",
  "contact_sync_new_number_budget",
  "contact_sync_newest_entry",
  "contact_sync_note_queue_start",
  "contact_sync_number_links",
  "contact_sync_numbers_to_twin",
  "contact_sync_objects",
  "contact_sync_outbox_state",
  "contact_sync_overview",
  "contact_sync_parse_hashes",
  "contact_sync_present_cursor",
  "contact_sync_queue_start",
  "contact_sync_queue_state",
  "contact_sync_queued_before",
  "contact_sync_random_mark",
  "contact_sync_read_changes",
  "contact_sync_read_signs",
  "contact_sync_recheck_owners",
  "contact_sync_record_failure",
  "contact_sync_record_run",
  "contact_sync_record_seal",
  "contact_sync_record_user_ids",
  "contact_sync_refund",
  "contact_sync_refuse_items",
  "contact_sync_refuse_key",
  "contact_sync_refuse_numbers",
  "contact_sync_release_contacts",
  "contact_sync_remove_contacts",
  "contact_sync_remove_missing",
  "contact_sync_renew_claims",
  "contact_sync_require",
  "contact_sync_require_all",
  "contact_sync_require_own",
  "contact_sync_require_read_committed",
  "contact_sync_require_unsealed",
  "contact_sync_restore_choices",
  "contact_sync_rotation_state",
  "contact_sync_running_transactions",
  "contact_sync_seal_state",
  "contact_sync_session_keys",
  "contact_sync_session_missing",
  "contact_sync_settings_in_force",
  "contact_sync_settle_erasures",
  "contact_sync_signature",
  "contact_sync_silent_since",
  "contact_sync_spend_budget",
  "contact_sync_stage_keys",
  "contact_sync_stage_part",
  "contact_sync_stale_contacts",
  "contact_sync_start_moving",
  "contact_sync_stream_chunk",
  "contact_sync_suspect_state",
  "contact_sync_suspicion",
  "contact_sync_switch_seal",
  "contact_sync_take_books",
  "contact_sync_take_due_messages",
  "contact_sync_take_given_links",
  "contact_sync_token_expired",
  "contact_sync_told_number",
  "contact_sync_try_lock_owners",
  "contact_sync_twin_numbers",
  "contact_sync_unchanged_delta",
  "contact_sync_use_device",
  "contact_sync_user_report",
  "contact_sync_verify_key",
  "contact_sync_visible_user",
  "contact_sync_with_mark",
  "contact_sync_with_removed",
  "count_expired",
  "erase_user",
  "explain_contact",
  "export_user",
  "find_id_text",
  "find_user",
  "forget_phone",
  "get_operation_history",
  "get_sync_statistics",
  "lift_forgotten_phone",
  "link_pending_phones",
  "link_phone",
  "link_phones",
  "list_owners_in_the_way",
  "list_stored_tables",
  "list_suspects",
  "list_sync_failures",
  "list_webhook_messages",
  "release_owner",
  "relink_phones",
  "replay_webhook_messages",
  "set_choice_retention",
  "set_default_discoverability",
  "set_new_number_budget",
  "set_retention",
  "set_suspect_hold",
  "set_webhooks",
  "sync_phone_keys",
  "sync_phone_keys_delta",
  "unlink_phone",
  "unlink_phones",
  "use_unsealed",
];

describePostgres("functions", (server) => {
  const { rows } = useSql(server);

  const names = async (condition: string) =>
    (
      await rows(
        `select proname as name from pg_proc p
          where pronamespace = 'public'::regnamespace and ${condition} order by 1`,
      )
    ).map(({ name }) => name);
  const callableBy = (role: string) => names(`has_function_privilege('${role}', p.oid, 'execute')`);

  test("each is entered in this file", async () => {
    expect(await names("true")).toEqual(
      [...OWN, ...OWN_INNER, ...HARMLESS, ...SERVICE_ONLY].sort(),
    );
  });

  test("anon may call none", async () => {
    expect(await callableBy("anon")).toEqual([]);
  });

  test("nor may anybody through PUBLIC", async () => {
    const isPublic = `exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
                               where acl.grantee = 0)`;
    expect(await names(isPublic)).toEqual([]);
  });

  test("authenticated may call those for its own data, and those that tell nothing", async () => {
    expect(await callableBy("authenticated")).toEqual([...OWN, ...OWN_INNER, ...HARMLESS].sort());
  });

  test("service_role may call all", async () => {
    expect(await callableBy("service_role")).toEqual(await names("true"));
  });

  test("only those a user calls run with the rights of their owner", async () => {
    expect(await names("prosecdef")).toEqual(
      ["contact_sync_newest_entry", ...OWN_INNER, "estimate_sync_performance"].sort(),
    );
  });
});
