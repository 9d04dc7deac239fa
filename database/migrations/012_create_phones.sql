-- 012_create_phones.sql
-- What is ours and who may do what; the directory, and the linker's queue.
--
-- Composed from database/definitions (npm run compose): until it is released,
-- change it there; from then on it stays as it is.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Outside of a transaction that line only warns, and what follows would be pinned to another path.
do $transaction$
begin
  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then
    raise exception using
      errcode = '25P01',
      message = 'this migration has to run in one transaction; nothing was changed',
      hint = 'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.';
  end if;
end
$transaction$;


-- Refuses before anything is changed when somebody else may create objects in
-- the schema: an operator or a function planted there would be run with the
-- rights of whoever migrates, and later with those of our functions' owner.
-- Built-in functions by their full names and operators with exact types, or
-- this question would already run what is planted. docs/security.md says more.
do $guard$
declare
  v_open text;
begin
  select pg_catalog.string_agg(
           coalesce((select pg_catalog.quote_ident(r.rolname::text) from pg_catalog.pg_roles r where r.oid = a.grantee),
                    'PUBLIC'), ', ')
    into v_open
    from pg_catalog.pg_namespace n
   cross join lateral pg_catalog.aclexplode(n.nspacl) a
   where n.nspname = pg_catalog.current_schema()
     and a.privilege_type = 'CREATE'
     and a.grantee <> n.nspowner
     and (   a.grantee = '0'::oid
          or not (   pg_catalog.pg_has_role(a.grantee, (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user), 'usage')
                  or pg_catalog.pg_has_role(a.grantee, 'pg_database_owner'::name, 'usage')
                  or coalesce(pg_catalog.pg_has_role(a.grantee, pg_catalog.to_regrole('service_role')::oid, 'usage'), false)));

  if v_open is not null then
    raise exception using
      errcode = 'YC014',
      message = pg_catalog.format('UNSAFE_DATABASE: in schema %I others may create objects, which our functions would run: %s',
                                  pg_catalog.current_schema(), v_open),
      hint = pg_catalog.format('Nothing was changed. "revoke create on schema %I from %s", or install contact-sync into a schema of its own.',
                               pg_catalog.current_schema(), v_open);
  end if;
end
$guard$;


-- Refuses before anything is changed when the schema already holds an object
-- that bears one of our names and is not ours. The first migration starts with
-- it, and contact-sync migrate asks it before that. A migration of a later
-- release has it too, with the names that it adds: the others are ours by then.
do $guard$
declare
  v_taken text;
begin
  with ours (kind, name) as (
    values
      -- <objects kind, name>
      ('table', 'contact_sync_migrations'),
      ('sequence', 'contact_sync_migrations_id_seq'),
      ('index', 'contact_sync_migrations_pkey'),
      ('function', 'contact_sync_objects'),
      ('function', 'contact_sync_signature'),
      ('function', 'contact_sync_access_faults'),
      ('function', 'apply_contact_sync_grants'),
      ('function', 'check_contact_sync'),
      ('function', 'contact_sync_key_number'),
      ('table', 'phones'),
      ('index', 'phones_pkey'),
      ('index', 'phones_linked_user_id_idx'),
      ('index', 'phones_silent_idx'),
      ('index', 'phones_forgotten_idx'),
      ('table', 'contact_sync_pending_links'),
      ('sequence', 'contact_sync_pending_links_entry_id_seq'),
      ('index', 'contact_sync_pending_links_pkey'),
      ('index', 'contact_sync_pending_links_phone_key_idx'),
      ('index', 'contact_sync_pending_links_late_since_idx'),
      ('table', 'contact_sync_pending_books'),
      ('sequence', 'contact_sync_pending_books_entry_id_seq'),
      ('index', 'contact_sync_pending_books_pkey'),
      ('index', 'contact_sync_pending_books_person_id_idx'),
      ('table', 'contact_sync_linker'),
      ('index', 'contact_sync_linker_pkey'),
      ('table', 'contacts_with_accounts'),
      ('index', 'contacts_with_accounts_pkey'),
      ('table', 'contact_sync_status'),
      ('index', 'contact_sync_status_pkey'),
      ('index', 'contact_sync_status_held_at_idx'),
      ('table', 'contact_sync_runs'),
      ('sequence', 'contact_sync_runs_run_id_seq'),
      ('index', 'contact_sync_runs_pkey'),
      ('index', 'contact_sync_runs_started_at_idx'),
      ('index', 'contact_sync_runs_suspicion_idx'),
      ('table', 'contact_sync_daily_totals'),
      ('index', 'contact_sync_daily_totals_pkey'),
      ('table', 'contact_sync_daily_failures'),
      ('index', 'contact_sync_daily_failures_pkey'),
      ('table', 'contact_sync_daily_durations'),
      ('index', 'contact_sync_daily_durations_pkey'),
      ('table', 'contact_sync_finished_links'),
      ('sequence', 'contact_sync_finished_links_finished_id_seq'),
      ('index', 'contact_sync_finished_links_pkey'),
      ('table', 'contact_sync_daily_state'),
      ('index', 'contact_sync_daily_state_pkey'),
      ('table', 'contact_sync_streams'),
      ('index', 'contact_sync_streams_pkey'),
      ('table', 'contact_sync_staged_keys'),
      ('index', 'contact_sync_staged_keys_pkey'),
      ('table', 'contact_sync_devices'),
      ('index', 'contact_sync_devices_pkey'),
      ('index', 'contact_sync_devices_slot_taken_once'),
      ('table', 'contact_sync_kept_choices'),
      ('index', 'contact_sync_kept_choices_pkey'),
      ('index', 'contact_sync_kept_choices_removed_at_idx'),
      ('index', 'contact_sync_kept_choices_phone_key_idx'),
      ('table', 'contact_sync_sessions'),
      ('index', 'contact_sync_sessions_pkey'),
      ('index', 'contact_sync_sessions_last_part_at_idx'),
      ('table', 'contact_sync_session_parts'),
      ('index', 'contact_sync_session_parts_pkey'),
      ('table', 'contact_sync_seal'),
      ('index', 'contact_sync_seal_pkey'),
      ('table', 'contact_sync_erasures'),
      ('index', 'contact_sync_erasures_pkey'),
      ('index', 'contact_sync_erasures_unsettled_idx'),
      ('table', 'contact_sync_renewed_links'),
      ('index', 'contact_sync_renewed_links_pkey'),
      ('table', 'contact_sync_settings'),
      ('index', 'contact_sync_settings_pkey'),
      ('table', 'contact_sync_population'),
      ('index', 'contact_sync_population_pkey'),
      ('table', 'contact_sync_consent'),
      ('index', 'contact_sync_consent_pkey'),
      ('index', 'contact_sync_consent_mutual_idx'),
      ('table', 'contact_sync_blocks'),
      ('index', 'contact_sync_blocks_pkey'),
      ('index', 'contact_sync_blocks_blocked_user_id_idx'),
      ('type', 'contact_batch_item'),
      ('type', 'contact_sync_target'),
      ('type', 'contact_sync_result'),
      ('index', 'contacts_with_accounts_phone_key_idx'),
      ('index', 'contacts_with_accounts_linked_idx'),
      ('index', 'contacts_with_accounts_favorite_idx'),
      ('index', 'contacts_with_accounts_link_number_idx'),
      ('index', 'contacts_with_accounts_link_given_idx'),
      ('function', 'contact_sync_require'),
      ('function', 'contact_sync_require_all'),
      ('function', 'contact_sync_check_range'),
      ('function', 'contact_sync_check_batch_size'),
      ('function', 'contact_sync_check_call_size'),
      ('function', 'contact_sync_check_device_count'),
      ('function', 'contact_sync_check_mode'),
      ('function', 'contact_sync_distinct_keys'),
      ('function', 'contact_sync_milliseconds_since'),
      ('function', 'contact_sync_parse_hashes'),
      ('function', 'contact_sync_refuse_items'),
      ('function', 'contact_sync_subject'),
      ('function', 'contact_sync_caller'),
      ('function', 'contact_sync_is_trusted_caller'),
      ('function', 'contact_sync_is_signed_in'),
      ('function', 'contact_sync_require_own'),
      ('function', 'contact_sync_require_read_committed'),
      ('function', 'contact_sync_fence_id'),
      ('function', 'contact_sync_enter_fence'),
      ('function', 'contact_sync_owner_groups'),
      ('function', 'contact_sync_enter_node_fence'),
      ('function', 'contact_sync_owner_lockers'),
      ('function', 'contact_sync_is_queue_large'),
      ('function', 'contact_sync_choose_place'),
      ('function', 'contact_sync_take_key_number'),
      ('function', 'contact_sync_node_own_sessions'),
      ('function', 'contact_sync_node_transactions'),
      ('function', 'contact_sync_running_transactions'),
      ('function', 'contact_sync_new_key_number'),
      ('function', 'contact_sync_refuse_key'),
      ('function', 'contact_sync_lock_group'),
      ('function', 'contact_sync_lock_owners'),
      ('function', 'contact_sync_drop_new_owner'),
      ('function', 'contact_sync_is_erased_link'),
      ('function', 'contact_sync_random_mark'),
      ('function', 'contact_sync_with_mark'),
      ('function', 'contact_sync_count_stored'),
      ('function', 'contact_sync_record_seal'),
      ('function', 'use_unsealed'),
      ('function', 'contact_sync_verify_key'),
      ('function', 'contact_sync_seal_state'),
      ('function', 'contact_sync_book_key_numbers'),
      ('function', 'contact_sync_check_book_key'),
      ('function', 'contact_sync_check_next_keys'),
      ('function', 'contact_sync_hold_seal'),
      ('function', 'contact_sync_require_unsealed'),
      ('function', 'contact_sync_new_number_budget'),
      ('function', 'contact_sync_make_settings'),
      ('function', 'set_new_number_budget'),
      ('function', 'contact_sync_read_signs'),
      ('function', 'contact_sync_with_removed'),
      ('function', 'contact_sync_refuse_numbers'),
      ('function', 'contact_sync_spend_budget'),
      ('function', 'contact_sync_refund'),
      ('function', 'contact_sync_cursor'),
      ('function', 'contact_sync_number_links'),
      ('function', 'contact_sync_present_cursor'),
      ('function', 'contact_sync_default_discoverable'),
      ('function', 'contact_sync_visible_user'),
      ('function', 'contact_sync_may_find'),
      ('function', 'contact_sync_asks_consent'),
      ('function', 'contact_sync_link_of'),
      ('function', 'contact_sync_is_mutual'),
      ('function', 'contact_sync_is_anybody_mutual'),
      ('function', 'contact_sync_mutual_changed'),
      ('function', 'contact_sync_check_device_id'),
      ('function', 'set_choice_retention'),
      ('function', 'contact_sync_count_paid'),
      ('function', 'contact_sync_restore_choices'),
      ('function', 'contact_sync_change_marks'),
      ('function', 'contact_sync_remove_contacts'),
      ('function', 'contact_sync_release_contacts'),
      ('function', 'contact_sync_clear_slot'),
      ('function', 'contact_sync_use_device'),
      ('function', 'contact_sync_degree'),
      ('function', 'contact_sync_suspicion'),
      ('function', 'contact_sync_judge'),
      ('function', 'contact_sync_merge'),
      ('function', 'contact_sync_guard_removal'),
      ('function', 'contact_sync_guard_added'),
      ('function', 'contact_sync_remove_missing'),
      ('function', 'contact_sync_stage_keys'),
      ('function', 'contact_sync_drop_streams'),
      ('function', 'contact_sync_add_rest'),
      ('function', 'contact_sync_record_run'),
      ('function', 'contact_sync_apply'),
      ('function', 'contact_sync_sync_keys'),
      ('function', 'sync_phone_keys'),
      ('function', 'contact_sync_store_chunk'),
      ('function', 'contact_sync_stream_chunk'),
      ('function', 'contact_sync_end_stream'),
      ('function', 'contact_sync_finish_stream'),
      ('function', 'contact_sync_store_failure'),
      ('function', 'contact_sync_record_failure'),
      ('function', 'sync_user_contacts'),
      ('function', 'contact_sync_own_sync_user_contacts'),
      ('function', 'contact_sync_write_contacts'),
      ('function', 'bulk_insert_contacts'),
      ('function', 'get_optimal_batch_size'),
      ('function', 'estimate_sync_performance'),
      ('function', 'contact_sync_daily_statistics'),
      ('view', 'contact_sync_stats'),
      ('function', 'get_sync_statistics'),
      ('function', 'contact_sync_bucket_bounds'),
      ('function', 'contact_sync_fold'),
      ('function', 'contact_sync_count_unchanged'),
      ('function', 'contact_sync_drop_sessions'),
      ('function', 'contact_sync_measure_population'),
      ('function', 'contact_sync_fold_links'),
      ('function', 'contact_sync_leaves'),
      ('function', 'contact_sync_measure_relation'),
      ('function', 'contact_sync_measure_relations'),
      ('function', 'contact_sync_estimate_rows'),
      ('function', 'list_stored_tables'),
      ('function', 'contact_sync_directory_state'),
      ('function', 'contact_sync_measure_state'),
      ('function', 'clean_up_contact_sync'),
      ('function', 'contact_sync_node_fence_holders'),
      ('function', 'contact_sync_fence_holders'),
      ('function', 'contact_sync_shown_everywhere'),
      ('function', 'contact_sync_is_in_progress'),
      ('function', 'contact_sync_try_lock_owners'),
      ('function', 'contact_sync_recheck_owners'),
      ('function', 'contact_sync_lock_numbers'),
      ('function', 'contact_sync_write_numbers'),
      ('function', 'link_phones'),
      ('function', 'link_phone'),
      ('function', 'unlink_phones'),
      ('function', 'unlink_phone'),
      ('function', 'contact_sync_queue_start'),
      ('function', 'contact_sync_newest_entry'),
      ('function', 'contact_sync_note_queue_start'),
      ('function', 'contact_sync_stale_contacts'),
      ('function', 'contact_sync_announce_stale'),
      ('function', 'contact_sync_take_given_links'),
      ('function', 'contact_sync_take_erasures'),
      ('function', 'contact_sync_settle_erasures'),
      ('function', 'contact_sync_given_links'),
      ('function', 'contact_sync_linkable_contacts'),
      ('function', 'contact_sync_take_pending_books'),
      ('function', 'contact_sync_expand_books'),
      ('function', 'contact_sync_forget_contacts'),
      ('function', 'contact_sync_take_entries'),
      ('function', 'contact_sync_is_only_linker'),
      ('function', 'contact_sync_link_pass'),
      ('function', 'link_pending_phones'),
      ('function', 'contact_sync_await_fence'),
      ('function', 'contact_sync_numbers_to_relink'),
      ('function', 'contact_sync_enqueue_unlinked'),
      ('function', 'contact_sync_enqueue_unconfirmed'),
      ('function', 'relink_phones'),
      ('function', 'contact_sync_erase_user'),
      ('function', 'erase_user'),
      ('function', 'contact_sync_node_sessions'),
      ('function', 'contact_sync_describe_transactions'),
      ('function', 'list_owners_in_the_way'),
      ('function', 'contact_sync_queue_state'),
      ('type', 'contact_sync_contact'),
      ('view', 'contact_sync_confirmed_contacts'),
      ('function', 'contact_sync_contact_missing'),
      ('function', 'list_contacts'),
      ('function', 'contact_sync_own_list_contacts'),
      ('function', 'find_contact'),
      ('function', 'contact_sync_own_find_contact'),
      ('function', 'summarize_contacts'),
      ('function', 'contact_sync_own_summarize_contacts'),
      ('function', 'get_sync_status'),
      ('function', 'contact_sync_own_get_sync_status'),
      ('function', 'contact_sync_change_choices'),
      ('function', 'set_contact_favorite'),
      ('function', 'contact_sync_own_set_contact_favorite'),
      ('function', 'record_contact_interaction'),
      ('function', 'contact_sync_own_record_contact_interaction'),
      ('function', 'contact_sync_delete_keys'),
      ('function', 'delete_contacts'),
      ('function', 'contact_sync_own_delete_contacts'),
      ('function', 'delete_all_contacts'),
      ('function', 'contact_sync_own_delete_all_contacts'),
      ('table', 'contact_sync_answers'),
      ('index', 'contact_sync_answers_pkey'),
      ('index', 'contact_sync_answers_created_at_idx'),
      ('function', 'contact_sync_claim_answer'),
      ('function', 'contact_sync_renew_claims'),
      ('function', 'contact_sync_keep_answer'),
      ('function', 'contact_sync_find_matches'),
      ('type', 'contact_sync_changes'),
      ('type', 'contact_sync_delta_result'),
      ('function', 'contact_sync_read_changes'),
      ('function', 'list_contact_changes'),
      ('function', 'contact_sync_own_list_contact_changes'),
      ('function', 'list_sync_devices'),
      ('function', 'contact_sync_own_list_sync_devices'),
      ('function', 'contact_sync_drop_device'),
      ('function', 'forget_sync_device'),
      ('function', 'contact_sync_own_forget_sync_device'),
      ('function', 'contact_sync_device_keys'),
      ('function', 'contact_sync_mark_after'),
      ('function', 'contact_sync_token_expired'),
      ('function', 'contact_sync_apply_delta'),
      ('function', 'contact_sync_unchanged_delta'),
      ('function', 'sync_phone_keys_delta'),
      ('function', 'sync_device_contacts'),
      ('function', 'contact_sync_own_sync_device_contacts'),
      ('function', 'sync_device_delta'),
      ('function', 'contact_sync_own_sync_device_delta'),
      ('function', 'contact_sync_session_missing'),
      ('function', 'contact_sync_end_session'),
      ('function', 'contact_sync_open_session'),
      ('function', 'contact_sync_begin_session'),
      ('function', 'contact_sync_store_part'),
      ('function', 'contact_sync_stage_part'),
      ('function', 'contact_sync_read_session'),
      ('function', 'contact_sync_session_keys'),
      ('function', 'contact_sync_store_session'),
      ('function', 'contact_sync_commit_session'),
      ('table', 'contact_sync_outbox'),
      ('index', 'contact_sync_outbox_pkey'),
      ('index', 'contact_sync_outbox_due_at_idx'),
      ('index', 'contact_sync_outbox_changed_at_idx'),
      ('function', 'contact_sync_has_outbox'),
      ('function', 'set_webhooks'),
      ('function', 'contact_sync_write_messages'),
      ('function', 'contact_sync_announce'),
      ('function', 'contact_sync_forget_messages'),
      ('function', 'contact_sync_delivery_delay'),
      ('function', 'contact_sync_take_due_messages'),
      ('function', 'contact_sync_claim_message'),
      ('function', 'contact_sync_end_attempt'),
      ('function', 'contact_sync_outbox_state'),
      ('function', 'list_webhook_messages'),
      ('function', 'replay_webhook_messages'),
      ('function', 'contact_sync_consent_changed'),
      ('function', 'contact_sync_check_discoverable'),
      ('function', 'contact_sync_choose_discoverable'),
      ('function', 'set_discoverability'),
      ('function', 'contact_sync_own_set_discoverability'),
      ('function', 'get_discoverability'),
      ('function', 'contact_sync_own_get_discoverability'),
      ('function', 'contact_sync_change_block'),
      ('function', 'block_user'),
      ('function', 'contact_sync_own_block_user'),
      ('function', 'unblock_user'),
      ('function', 'contact_sync_own_unblock_user'),
      ('function', 'list_blocked_users'),
      ('function', 'contact_sync_own_list_blocked_users'),
      ('function', 'set_default_discoverability'),
      ('function', 'set_suspect_hold'),
      ('function', 'release_owner'),
      ('function', 'list_suspects'),
      ('function', 'contact_sync_suspect_state'),
      ('function', 'contact_sync_drop_forgotten'),
      ('function', 'forget_phone'),
      ('function', 'lift_forgotten_phone'),
      ('function', 'contact_sync_export_about'),
      ('function', 'export_user'),
      ('function', 'set_retention'),
      ('function', 'contact_sync_silent_since'),
      ('function', 'contact_sync_expired_contacts'),
      ('function', 'contact_sync_is_only_walker'),
      ('function', 'apply_retention'),
      ('function', 'count_expired'),
      ('function', 'contact_sync_begin_rotation'),
      ('function', 'contact_sync_node_readers'),
      ('function', 'contact_sync_seal_readers'),
      ('function', 'contact_sync_await_seal_readers'),
      ('function', 'contact_sync_numbers_to_twin'),
      ('function', 'contact_sync_twin_numbers'),
      ('function', 'contact_sync_owners_without_status'),
      ('function', 'contact_sync_adopt_books'),
      ('function', 'contact_sync_start_moving'),
      ('function', 'contact_sync_books_to_move'),
      ('function', 'contact_sync_take_books'),
      ('function', 'contact_sync_move_books'),
      ('function', 'contact_sync_switch_seal'),
      ('function', 'contact_sync_messages_to_move'),
      ('function', 'contact_sync_move_messages'),
      ('function', 'contact_sync_drop_old_numbers'),
      ('function', 'contact_sync_drop_old_answers'),
      ('function', 'contact_sync_newest_entries'),
      ('function', 'contact_sync_queued_before'),
      ('function', 'contact_sync_end_rotation'),
      ('function', 'contact_sync_rotation_state'),
      ('table', 'contact_sync_users'),
      ('index', 'contact_sync_users_pkey'),
      ('index', 'contact_sync_users_id_text_once'),
      ('index', 'contact_sync_users_erased_at_idx'),
      ('function', 'contact_sync_record_user_ids'),
      ('function', 'contact_sync_named_users'),
      ('function', 'contact_sync_name_users'),
      ('function', 'contact_sync_id_texts'),
      ('function', 'contact_sync_drop_unused_users'),
      ('function', 'contact_sync_drop_erased_users'),
      ('function', 'contact_sync_keep_user_id_secret'),
      ('function', 'find_user'),
      ('function', 'find_id_text'),
      ('function', 'contact_sync_bucket_ms'),
      ('function', 'contact_sync_daily_figures'),
      ('function', 'get_operation_history'),
      ('function', 'list_sync_failures'),
      ('function', 'contact_sync_overview'),
      ('function', 'contact_sync_settings_in_force'),
      ('function', 'contact_sync_user_report'),
      ('function', 'explain_contact'),
      ('function', 'contact_sync_is_spread'),
      ('function', 'contact_sync_check_cluster'),
      ('function', 'contact_sync_ask_nodes'),
      ('function', 'contact_sync_node_group'),
      ('function', 'contact_sync_ask_nodes_within'),
      ('function', 'contact_sync_origin'),
      ('function', 'contact_sync_node_shows'),
      ('function', 'contact_sync_copy_of'),
      ('function', 'contact_sync_cluster_lock_numbers'),
      ('function', 'contact_sync_cluster_is_only_linker'),
      ('function', 'contact_sync_cluster_is_only_walker'),
      ('function', 'contact_sync_cluster_take_entries'),
      ('function', 'contact_sync_cluster_take_pending_books'),
      ('function', 'contact_sync_cluster_owners_without_status'),
      ('function', 'contact_sync_cluster_take_erasures'),
      ('function', 'contact_sync_cluster_owner_groups'),
      ('function', 'contact_sync_cluster_enter_node_fence'),
      ('function', 'contact_sync_cluster_owner_lockers'),
      ('function', 'contact_sync_cluster_is_queue_large'),
      ('function', 'contact_sync_node_sizes'),
      ('function', 'contact_sync_cluster_measure_relations'),
      ('function', 'contact_sync_cluster_choose_place'),
      ('function', 'contact_sync_cluster_fence_holders'),
      ('function', 'contact_sync_cluster_running_transactions'),
      ('function', 'contact_sync_cluster_shown_everywhere'),
      ('function', 'contact_sync_cluster_seal_readers'),
      ('function', 'contact_sync_cluster_describe_transactions'),
      ('function', 'contact_sync_cluster_visible_user'),
      ('function', 'contact_sync_spread_tables'),
      ('function', 'contact_sync_replace_functions'),
      ('function', 'contact_sync_open_shards'),
      ('function', 'contact_sync_close_node'),
      ('function', 'contact_sync_node_state'),
      ('function', 'contact_sync_cluster_faults'),
      ('function', 'contact_sync_cluster_write_numbers'),
      ('function', 'contact_sync_cluster_numbers_to_relink'),
      ('function', 'contact_sync_cluster_stale_contacts'),
      ('function', 'contact_sync_set_option'),
      ('function', 'distribute_contact_sync')
      -- </objects>
  )
  select string_agg(pg_catalog.format('%s %I.%I', found.kind, current_schema(), found.name), ', ' order by found.name)
    into v_taken
    from (
      select 'relation' as kind, c.relname as name
        from pg_catalog.pg_class c
       where c.relnamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace::oid
         and c.relkind <> 'c' -- composite types: below
         and c.relname in (select o.name from ours o where o.kind in ('table', 'view', 'sequence', 'index'))
      union all
      -- A table or a view is a type of its name as well.
      select 'type', t.typname
        from pg_catalog.pg_type t
        left join pg_catalog.pg_class c on c.oid = t.typrelid
       where t.typnamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace::oid
         and (c.oid is null or c.relkind = 'c')
         and t.typname in (select o.name from ours o where o.kind in ('type', 'table', 'view'))
      union all
      select distinct 'function', p.proname
        from pg_catalog.pg_proc p
       where p.pronamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace::oid
         and (   p.proname in (select o.name from ours o where o.kind = 'function')
              -- In a first installation nobody may have the prefix.
              or p.proname like 'contact\_sync\_%' and exists (select from ours o where o.name = 'contact_sync_objects'))
    ) as found;

  if v_taken is not null then
    raise exception using
      errcode = 'YC010',
      message = pg_catalog.format('NAME_TAKEN: schema %I already holds objects with names that contact-sync needs: %s',
                       current_schema(), v_taken),
      hint = 'Nothing was changed. Install contact-sync into a schema of its own, or rename those objects.';
  end if;
end
$guard$;


-- Which migrations the schema has. Each records itself at its end, however it is
-- run: by contact-sync migrate, by the Supabase CLI, by psql.
create table contact_sync_migrations (
  id     serial       not null,
  name   varchar(255) not null,
  run_on timestamp    not null,

  constraint contact_sync_migrations_pkey primary key (id)
);

alter table contact_sync_migrations enable row level security;


-- What is ours, an object a row: written from the definitions, so that grants
-- and checks speak of all of it. detail is of a function the types of its
-- arguments, of an index the statement that makes it. is_definer: a function
-- runs with its owner's rights. is_for_users: signed-in users may call it.
create function contact_sync_objects()
returns table (
  kind         text,
  name         text,
  detail       text,
  is_definer   boolean,
  is_for_users boolean)
language sql immutable
set search_path from current
set jit = off
as $$
  values
    -- <objects kind, name, detail, is_definer, is_for_users>
    ('table', 'contact_sync_migrations', null, false, false),
    ('sequence', 'contact_sync_migrations_id_seq', null, false, false),
    ('index', 'contact_sync_migrations_pkey', 'alter table contact_sync_migrations add constraint contact_sync_migrations_pkey primary key (id)', false, false),
    ('function', 'contact_sync_objects', '', false, false),
    ('function', 'contact_sync_signature', 'oid', false, false),
    ('function', 'contact_sync_access_faults', '', false, false),
    ('function', 'apply_contact_sync_grants', '', false, false),
    ('function', 'check_contact_sync', '', false, false),
    ('function', 'contact_sync_key_number', '', false, false),
    ('table', 'phones', null, false, false),
    ('index', 'phones_pkey', 'alter table phones add constraint phones_pkey primary key (phone_key)', false, false),
    ('index', 'phones_linked_user_id_idx', 'create index phones_linked_user_id_idx on phones (linked_user_id)', false, false),
    ('index', 'phones_silent_idx', 'create index phones_silent_idx on phones (phone_key) where is_silent', false, false),
    ('index', 'phones_forgotten_idx', 'create index phones_forgotten_idx on phones (verified_at) where linked_user_id is null', false, false),
    ('table', 'contact_sync_pending_links', null, false, false),
    ('sequence', 'contact_sync_pending_links_entry_id_seq', null, false, false),
    ('index', 'contact_sync_pending_links_pkey', 'alter table contact_sync_pending_links add constraint contact_sync_pending_links_pkey primary key (entry_id)', false, false),
    ('index', 'contact_sync_pending_links_phone_key_idx', 'create index contact_sync_pending_links_phone_key_idx on contact_sync_pending_links (phone_key)', false, false),
    ('index', 'contact_sync_pending_links_late_since_idx', 'create index contact_sync_pending_links_late_since_idx on contact_sync_pending_links (late_since) where late_since is not null', false, false),
    ('table', 'contact_sync_pending_books', null, false, false),
    ('sequence', 'contact_sync_pending_books_entry_id_seq', null, false, false),
    ('index', 'contact_sync_pending_books_pkey', 'alter table contact_sync_pending_books add constraint contact_sync_pending_books_pkey primary key (entry_id)', false, false),
    ('index', 'contact_sync_pending_books_person_id_idx', 'create index contact_sync_pending_books_person_id_idx on contact_sync_pending_books (person_id)', false, false),
    ('table', 'contact_sync_linker', null, false, false),
    ('index', 'contact_sync_linker_pkey', 'alter table contact_sync_linker add constraint contact_sync_linker_pkey primary key (only_row)', false, false),
    ('table', 'contacts_with_accounts', null, false, false),
    ('index', 'contacts_with_accounts_pkey', 'alter table contacts_with_accounts add constraint contacts_with_accounts_pkey primary key (owner_id, phone_key)', false, false),
    ('table', 'contact_sync_status', null, false, false),
    ('index', 'contact_sync_status_pkey', 'alter table contact_sync_status add constraint contact_sync_status_pkey primary key (owner_id)', false, false),
    ('index', 'contact_sync_status_held_at_idx', 'create index contact_sync_status_held_at_idx on contact_sync_status (held_at) where held_at is not null', false, false),
    ('table', 'contact_sync_runs', null, false, false),
    ('sequence', 'contact_sync_runs_run_id_seq', null, false, false),
    ('index', 'contact_sync_runs_pkey', 'alter table contact_sync_runs add constraint contact_sync_runs_pkey primary key (owner_id, run_id)', false, false),
    ('index', 'contact_sync_runs_started_at_idx', 'create index contact_sync_runs_started_at_idx on contact_sync_runs (started_at)', false, false),
    ('index', 'contact_sync_runs_suspicion_idx', 'create index contact_sync_runs_suspicion_idx on contact_sync_runs (started_at) where suspicion > 0', false, false),
    ('table', 'contact_sync_daily_totals', null, false, false),
    ('index', 'contact_sync_daily_totals_pkey', 'alter table contact_sync_daily_totals add constraint contact_sync_daily_totals_pkey primary key (sync_date)', false, false),
    ('table', 'contact_sync_daily_failures', null, false, false),
    ('index', 'contact_sync_daily_failures_pkey', 'alter table contact_sync_daily_failures add constraint contact_sync_daily_failures_pkey primary key (sync_date, error_code)', false, false),
    ('table', 'contact_sync_daily_durations', null, false, false),
    ('index', 'contact_sync_daily_durations_pkey', 'alter table contact_sync_daily_durations add constraint contact_sync_daily_durations_pkey primary key (sync_date, subject, bucket)', false, false),
    ('table', 'contact_sync_finished_links', null, false, false),
    ('sequence', 'contact_sync_finished_links_finished_id_seq', null, false, false),
    ('index', 'contact_sync_finished_links_pkey', 'alter table contact_sync_finished_links add constraint contact_sync_finished_links_pkey primary key (finished_id)', false, false),
    ('table', 'contact_sync_daily_state', null, false, false),
    ('index', 'contact_sync_daily_state_pkey', 'alter table contact_sync_daily_state add constraint contact_sync_daily_state_pkey primary key (state_date)', false, false),
    ('table', 'contact_sync_streams', null, false, false),
    ('index', 'contact_sync_streams_pkey', 'alter table contact_sync_streams add constraint contact_sync_streams_pkey primary key (owner_id, stream_id)', false, false),
    ('table', 'contact_sync_staged_keys', null, false, false),
    ('index', 'contact_sync_staged_keys_pkey', 'alter table contact_sync_staged_keys add constraint contact_sync_staged_keys_pkey primary key (owner_id, stream_id, phone_key)', false, false),
    ('table', 'contact_sync_devices', null, false, false),
    ('index', 'contact_sync_devices_pkey', 'alter table contact_sync_devices add constraint contact_sync_devices_pkey primary key (owner_id, device_id)', false, false),
    ('index', 'contact_sync_devices_slot_taken_once', 'alter table contact_sync_devices add constraint contact_sync_devices_slot_taken_once unique (owner_id, slot)', false, false),
    ('table', 'contact_sync_kept_choices', null, false, false),
    ('index', 'contact_sync_kept_choices_pkey', 'alter table contact_sync_kept_choices add constraint contact_sync_kept_choices_pkey primary key (owner_id, phone_key)', false, false),
    ('index', 'contact_sync_kept_choices_removed_at_idx', 'create index contact_sync_kept_choices_removed_at_idx on contact_sync_kept_choices (removed_at)', false, false),
    ('index', 'contact_sync_kept_choices_phone_key_idx', 'create index contact_sync_kept_choices_phone_key_idx on contact_sync_kept_choices (phone_key)', false, false),
    ('table', 'contact_sync_sessions', null, false, false),
    ('index', 'contact_sync_sessions_pkey', 'alter table contact_sync_sessions add constraint contact_sync_sessions_pkey primary key (owner_id, session_id)', false, false),
    ('index', 'contact_sync_sessions_last_part_at_idx', 'create index contact_sync_sessions_last_part_at_idx on contact_sync_sessions (last_part_at)', false, false),
    ('table', 'contact_sync_session_parts', null, false, false),
    ('index', 'contact_sync_session_parts_pkey', 'alter table contact_sync_session_parts add constraint contact_sync_session_parts_pkey primary key (owner_id, session_id, part)', false, false),
    ('table', 'contact_sync_seal', null, false, false),
    ('index', 'contact_sync_seal_pkey', 'alter table contact_sync_seal add constraint contact_sync_seal_pkey primary key (only_row)', false, false),
    ('table', 'contact_sync_erasures', null, false, false),
    ('index', 'contact_sync_erasures_pkey', 'alter table contact_sync_erasures add constraint contact_sync_erasures_pkey primary key (user_digest)', false, false),
    ('index', 'contact_sync_erasures_unsettled_idx', 'create index contact_sync_erasures_unsettled_idx on contact_sync_erasures (user_digest) where not is_settled', false, false),
    ('table', 'contact_sync_renewed_links', null, false, false),
    ('index', 'contact_sync_renewed_links_pkey', 'alter table contact_sync_renewed_links add constraint contact_sync_renewed_links_pkey primary key (user_digest, owner_id, phone_key, erased_at)', false, false),
    ('table', 'contact_sync_settings', null, false, false),
    ('index', 'contact_sync_settings_pkey', 'alter table contact_sync_settings add constraint contact_sync_settings_pkey primary key (only_row)', false, false),
    ('table', 'contact_sync_population', null, false, false),
    ('index', 'contact_sync_population_pkey', 'alter table contact_sync_population add constraint contact_sync_population_pkey primary key (only_row)', false, false),
    ('table', 'contact_sync_consent', null, false, false),
    ('index', 'contact_sync_consent_pkey', 'alter table contact_sync_consent add constraint contact_sync_consent_pkey primary key (user_id)', false, false),
    ('index', 'contact_sync_consent_mutual_idx', 'create index contact_sync_consent_mutual_idx on contact_sync_consent (user_id) where discoverable = ''mutual''', false, false),
    ('table', 'contact_sync_blocks', null, false, false),
    ('index', 'contact_sync_blocks_pkey', 'alter table contact_sync_blocks add constraint contact_sync_blocks_pkey primary key (user_id, blocked_user_id)', false, false),
    ('index', 'contact_sync_blocks_blocked_user_id_idx', 'create index contact_sync_blocks_blocked_user_id_idx on contact_sync_blocks (blocked_user_id)', false, false),
    ('type', 'contact_batch_item', null, false, false),
    ('type', 'contact_sync_target', null, false, false),
    ('type', 'contact_sync_result', null, false, false),
    ('index', 'contacts_with_accounts_phone_key_idx', 'create index contacts_with_accounts_phone_key_idx on contacts_with_accounts (phone_key)', false, false),
    ('index', 'contacts_with_accounts_linked_idx', 'create index contacts_with_accounts_linked_idx on contacts_with_accounts (owner_id, phone_key) where linked_user_id is not null or link_number is not null', false, false),
    ('index', 'contacts_with_accounts_favorite_idx', 'create index contacts_with_accounts_favorite_idx on contacts_with_accounts (owner_id, phone_key) where is_favorite', false, false),
    ('index', 'contacts_with_accounts_link_number_idx', 'create index contacts_with_accounts_link_number_idx on contacts_with_accounts (owner_id, link_number, phone_key) where link_number is not null', false, false),
    ('index', 'contacts_with_accounts_link_given_idx', 'create index contacts_with_accounts_link_given_idx on contacts_with_accounts (linked_user_id, owner_id, phone_key) where link_given', false, false),
    ('function', 'contact_sync_require', 'boolean, text', false, false),
    ('function', 'contact_sync_require_all', 'uuid[], text', false, false),
    ('function', 'contact_sync_check_range', 'integer, integer, integer, text, text', false, false),
    ('function', 'contact_sync_check_batch_size', 'integer', false, false),
    ('function', 'contact_sync_check_call_size', 'integer', false, false),
    ('function', 'contact_sync_check_device_count', 'integer', false, false),
    ('function', 'contact_sync_check_mode', 'text', false, false),
    ('function', 'contact_sync_distinct_keys', 'uuid[]', false, false),
    ('function', 'contact_sync_milliseconds_since', 'timestamp with time zone', false, false),
    ('function', 'contact_sync_parse_hashes', 'text[]', false, false),
    ('function', 'contact_sync_refuse_items', 'jsonb', false, false),
    ('function', 'contact_sync_subject', '', false, true),
    ('function', 'contact_sync_caller', '', false, false),
    ('function', 'contact_sync_is_trusted_caller', '', false, true),
    ('function', 'contact_sync_is_signed_in', '', false, false),
    ('function', 'contact_sync_require_own', 'uuid', false, false),
    ('function', 'contact_sync_require_read_committed', '', false, false),
    ('function', 'contact_sync_fence_id', '', false, false),
    ('function', 'contact_sync_enter_fence', '', false, false),
    ('function', 'contact_sync_owner_groups', 'uuid[]', false, false),
    ('function', 'contact_sync_enter_node_fence', 'uuid[]', false, false),
    ('function', 'contact_sync_owner_lockers', 'uuid[]', false, false),
    ('function', 'contact_sync_is_queue_large', '', false, false),
    ('function', 'contact_sync_choose_place', 'uuid', false, false),
    ('function', 'contact_sync_take_key_number', 'text', false, false),
    ('function', 'contact_sync_node_own_sessions', 'text', false, false),
    ('function', 'contact_sync_node_transactions', 'text', false, false),
    ('function', 'contact_sync_running_transactions', '', false, false),
    ('function', 'contact_sync_new_key_number', '', false, false),
    ('function', 'contact_sync_refuse_key', '', false, false),
    ('function', 'contact_sync_lock_group', 'uuid[]', false, false),
    ('function', 'contact_sync_lock_owners', 'uuid[]', false, false),
    ('function', 'contact_sync_drop_new_owner', 'uuid', false, false),
    ('function', 'contact_sync_is_erased_link', 'uuid, uuid, uuid', false, false),
    ('function', 'contact_sync_random_mark', '', false, false),
    ('function', 'contact_sync_with_mark', 'bigint[], bigint', false, false),
    ('function', 'contact_sync_count_stored', 'uuid[], integer[]', false, false),
    ('function', 'contact_sync_record_seal', 'text, text', false, false),
    ('function', 'use_unsealed', '', false, false),
    ('function', 'contact_sync_verify_key', 'text, text, uuid', false, false),
    ('function', 'contact_sync_seal_state', '', false, false),
    ('function', 'contact_sync_book_key_numbers', 'uuid[]', false, false),
    ('function', 'contact_sync_check_book_key', 'uuid', false, false),
    ('function', 'contact_sync_check_next_keys', 'uuid[], uuid[]', false, false),
    ('function', 'contact_sync_hold_seal', '', false, false),
    ('function', 'contact_sync_require_unsealed', '', false, false),
    ('function', 'contact_sync_new_number_budget', '', false, false),
    ('function', 'contact_sync_make_settings', '', false, false),
    ('function', 'set_new_number_budget', 'integer, integer, integer, integer', false, false),
    ('function', 'contact_sync_read_signs', 'jsonb', false, false),
    ('function', 'contact_sync_with_removed', 'jsonb, integer', false, false),
    ('function', 'contact_sync_refuse_numbers', 'integer, integer, numeric, numeric, numeric, numeric, numeric', false, false),
    ('function', 'contact_sync_spend_budget', 'uuid, integer, integer, jsonb', false, false),
    ('function', 'contact_sync_refund', 'uuid, integer', false, false),
    ('function', 'contact_sync_cursor', 'bigint, bigint, uuid, boolean', false, false),
    ('function', 'contact_sync_number_links', 'uuid[], boolean', false, false),
    ('function', 'contact_sync_present_cursor', 'uuid', false, false),
    ('function', 'contact_sync_default_discoverable', '', false, false),
    ('function', 'contact_sync_visible_user', 'uuid, uuid', false, false),
    ('function', 'contact_sync_may_find', 'uuid, uuid', false, false),
    ('function', 'contact_sync_asks_consent', 'uuid', false, false),
    ('function', 'contact_sync_link_of', 'uuid, uuid, uuid', false, false),
    ('function', 'contact_sync_is_mutual', 'uuid', false, false),
    ('function', 'contact_sync_is_anybody_mutual', '', false, false),
    ('function', 'contact_sync_mutual_changed', 'uuid[], uuid[], boolean', false, false),
    ('function', 'contact_sync_check_device_id', 'text', false, false),
    ('function', 'set_choice_retention', 'integer', false, false),
    ('function', 'contact_sync_count_paid', 'uuid, uuid[]', false, false),
    ('function', 'contact_sync_restore_choices', 'uuid[], uuid[], boolean[]', false, false),
    ('function', 'contact_sync_change_marks', 'uuid, smallint', false, false),
    ('function', 'contact_sync_remove_contacts', 'uuid, uuid[], boolean', false, false),
    ('function', 'contact_sync_release_contacts', 'uuid, smallint, uuid[], uuid[]', false, false),
    ('function', 'contact_sync_clear_slot', 'uuid, smallint', false, false),
    ('function', 'contact_sync_use_device', 'uuid, text, text', false, false),
    ('function', 'contact_sync_degree', 'double precision, double precision, double precision', false, false),
    ('function', 'contact_sync_suspicion', 'bigint, bigint, double precision, bigint, bigint, bigint, bigint, integer, integer, double precision', false, false),
    ('function', 'contact_sync_judge', 'uuid, integer, integer, integer, jsonb', false, false),
    ('function', 'contact_sync_merge', 'uuid, uuid[], integer, boolean, uuid, smallint, jsonb', false, false),
    ('function', 'contact_sync_guard_removal', 'integer, integer, boolean, boolean', false, false),
    ('function', 'contact_sync_guard_added', 'uuid, uuid[], integer, boolean, uuid', false, false),
    ('function', 'contact_sync_remove_missing', 'uuid, uuid[], boolean, uuid, smallint', false, false),
    ('function', 'contact_sync_stage_keys', 'uuid, uuid, uuid[]', false, false),
    ('function', 'contact_sync_drop_streams', 'uuid', false, false),
    ('function', 'contact_sync_add_rest', 'uuid, uuid[], integer', false, false),
    ('function', 'contact_sync_record_run', 'uuid, timestamp with time zone, text, integer, contact_sync_result', false, false),
    ('function', 'contact_sync_apply', 'uuid, uuid[], integer, text, boolean, boolean, text, jsonb', false, false),
    ('function', 'contact_sync_sync_keys', 'uuid, uuid[], integer, integer, text, boolean, boolean, text, jsonb, text', false, false),
    ('function', 'sync_phone_keys', 'uuid, uuid[], integer, integer, text, boolean, boolean, text, jsonb', false, false),
    ('function', 'contact_sync_store_chunk', 'uuid, uuid, uuid[], integer, boolean, boolean, jsonb, text', false, false),
    ('function', 'contact_sync_stream_chunk', 'uuid, uuid, uuid[], integer, boolean, boolean, jsonb', false, false),
    ('function', 'contact_sync_end_stream', 'uuid, uuid, integer, text, boolean, text, boolean, jsonb, text', false, false),
    ('function', 'contact_sync_finish_stream', 'uuid, uuid, integer, text, boolean, contact_sync_result, boolean, jsonb', false, false),
    ('function', 'contact_sync_store_failure', 'uuid, timestamp with time zone, integer, text, integer, integer, text, text', false, false),
    ('function', 'contact_sync_record_failure', 'uuid, integer, text, integer, integer, text', false, false),
    ('function', 'sync_user_contacts', 'uuid, text[], integer, integer', false, true),
    ('function', 'contact_sync_own_sync_user_contacts', 'uuid, text[], integer, integer', true, true),
    ('function', 'contact_sync_write_contacts', 'uuid[], uuid[], uuid[], boolean[], uuid[], timestamp with time zone[], timestamp with time zone, integer', false, false),
    ('function', 'bulk_insert_contacts', 'jsonb, integer', false, false),
    ('function', 'get_optimal_batch_size', 'integer, numeric', false, true),
    ('function', 'estimate_sync_performance', 'integer, integer', true, true),
    ('function', 'contact_sync_daily_statistics', 'uuid, date', false, false),
    ('view', 'contact_sync_stats', null, false, false),
    ('function', 'get_sync_statistics', 'integer, uuid', false, false),
    ('function', 'contact_sync_bucket_bounds', '', false, false),
    ('function', 'contact_sync_fold', 'uuid, timestamp with time zone', false, false),
    ('function', 'contact_sync_count_unchanged', 'date, integer', false, false),
    ('function', 'contact_sync_drop_sessions', 'uuid', false, false),
    ('function', 'contact_sync_measure_population', '', false, false),
    ('function', 'contact_sync_fold_links', '', false, false),
    ('function', 'contact_sync_leaves', 'regclass', false, false),
    ('function', 'contact_sync_measure_relation', 'oid', false, false),
    ('function', 'contact_sync_measure_relations', 'oid[]', false, false),
    ('function', 'contact_sync_estimate_rows', 'regclass', false, false),
    ('function', 'list_stored_tables', '', false, false),
    ('function', 'contact_sync_directory_state', '', false, false),
    ('function', 'contact_sync_measure_state', '', false, false),
    ('function', 'clean_up_contact_sync', 'interval', false, false),
    ('function', 'contact_sync_node_fence_holders', 'text', false, false),
    ('function', 'contact_sync_fence_holders', '', false, false),
    ('function', 'contact_sync_shown_everywhere', 'bigint[], bigint[], bytea, timestamp with time zone', false, false),
    ('function', 'contact_sync_is_in_progress', 'bigint', false, false),
    ('function', 'contact_sync_try_lock_owners', 'uuid[]', false, false),
    ('function', 'contact_sync_recheck_owners', 'uuid[]', false, false),
    ('function', 'contact_sync_lock_numbers', 'uuid[]', false, false),
    ('function', 'contact_sync_write_numbers', 'uuid[], uuid[], timestamp with time zone[], timestamp with time zone, boolean, smallint', false, false),
    ('function', 'link_phones', 'uuid[], uuid[], timestamp with time zone[], boolean, uuid[]', false, false),
    ('function', 'link_phone', 'uuid, uuid, timestamp with time zone, boolean, uuid', false, false),
    ('function', 'unlink_phones', 'uuid[], uuid[], uuid[]', false, false),
    ('function', 'unlink_phone', 'uuid, uuid, uuid', false, false),
    ('function', 'contact_sync_queue_start', '', false, false),
    ('function', 'contact_sync_newest_entry', '', true, false),
    ('function', 'contact_sync_note_queue_start', 'bigint', false, false),
    ('function', 'contact_sync_stale_contacts', 'uuid[], uuid[], boolean[], integer', false, false),
    ('function', 'contact_sync_announce_stale', 'uuid[], uuid[], boolean[], boolean[]', false, false),
    ('function', 'contact_sync_take_given_links', 'uuid[], uuid[], bytea', false, false),
    ('function', 'contact_sync_take_erasures', 'bigint[]', false, false),
    ('function', 'contact_sync_settle_erasures', 'integer, bigint', false, false),
    ('function', 'contact_sync_given_links', 'uuid', false, false),
    ('function', 'contact_sync_linkable_contacts', 'uuid', false, false),
    ('function', 'contact_sync_take_pending_books', 'bigint[]', false, false),
    ('function', 'contact_sync_expand_books', 'bigint', false, false),
    ('function', 'contact_sync_forget_contacts', 'uuid[], uuid[]', false, false),
    ('function', 'contact_sync_take_entries', 'bigint, bigint[], timestamp with time zone, bigint[], integer', false, false),
    ('function', 'contact_sync_is_only_linker', '', false, false),
    ('function', 'contact_sync_link_pass', 'uuid[], integer', false, false),
    ('function', 'link_pending_phones', 'uuid[], integer', false, false),
    ('function', 'contact_sync_await_fence', 'interval', false, false),
    ('function', 'contact_sync_numbers_to_relink', 'uuid[]', false, false),
    ('function', 'contact_sync_enqueue_unlinked', 'uuid, integer', false, false),
    ('function', 'contact_sync_enqueue_unconfirmed', 'uuid, uuid, bigint, integer', false, false),
    ('function', 'relink_phones', 'integer', false, false),
    ('function', 'contact_sync_erase_user', 'uuid', false, false),
    ('function', 'erase_user', 'uuid', false, false),
    ('function', 'contact_sync_node_sessions', 'bigint[]', false, false),
    ('function', 'contact_sync_describe_transactions', 'bigint[]', false, false),
    ('function', 'list_owners_in_the_way', 'interval', false, false),
    ('function', 'contact_sync_queue_state', '', false, false),
    ('type', 'contact_sync_contact', null, false, false),
    ('view', 'contact_sync_confirmed_contacts', null, false, false),
    ('function', 'contact_sync_contact_missing', '', false, false),
    ('function', 'list_contacts', 'uuid, integer, uuid, boolean, boolean', false, true),
    ('function', 'contact_sync_own_list_contacts', 'uuid, integer, uuid, boolean, boolean', true, true),
    ('function', 'find_contact', 'uuid, uuid', false, true),
    ('function', 'contact_sync_own_find_contact', 'uuid, uuid', true, true),
    ('function', 'summarize_contacts', 'uuid', false, true),
    ('function', 'contact_sync_own_summarize_contacts', 'uuid', true, true),
    ('function', 'get_sync_status', 'uuid', false, true),
    ('function', 'contact_sync_own_get_sync_status', 'uuid', true, true),
    ('function', 'contact_sync_change_choices', 'uuid, uuid, boolean, timestamp with time zone, text', false, false),
    ('function', 'set_contact_favorite', 'uuid, uuid, boolean', false, true),
    ('function', 'contact_sync_own_set_contact_favorite', 'uuid, uuid, boolean', true, true),
    ('function', 'record_contact_interaction', 'uuid, uuid, timestamp with time zone', false, true),
    ('function', 'contact_sync_own_record_contact_interaction', 'uuid, uuid, timestamp with time zone', true, true),
    ('function', 'contact_sync_delete_keys', 'uuid, uuid[], text', false, false),
    ('function', 'delete_contacts', 'uuid, uuid[]', false, true),
    ('function', 'contact_sync_own_delete_contacts', 'uuid, uuid[]', true, true),
    ('function', 'delete_all_contacts', 'uuid', false, true),
    ('function', 'contact_sync_own_delete_all_contacts', 'uuid', true, true),
    ('table', 'contact_sync_answers', null, false, false),
    ('index', 'contact_sync_answers_pkey', 'alter table contact_sync_answers add constraint contact_sync_answers_pkey primary key (owner_id, route, key_digest)', false, false),
    ('index', 'contact_sync_answers_created_at_idx', 'create index contact_sync_answers_created_at_idx on contact_sync_answers (created_at)', false, false),
    ('function', 'contact_sync_claim_answer', 'uuid, text, text, text, uuid, interval, integer, smallint', false, false),
    ('function', 'contact_sync_renew_claims', 'uuid[], text[], text[], uuid[], interval', false, false),
    ('function', 'contact_sync_keep_answer', 'uuid, text, text, uuid, bytea', false, false),
    ('function', 'contact_sync_find_matches', 'uuid, uuid[]', false, false),
    ('type', 'contact_sync_changes', null, false, false),
    ('type', 'contact_sync_delta_result', null, false, false),
    ('function', 'contact_sync_read_changes', 'uuid, text, integer', false, false),
    ('function', 'list_contact_changes', 'uuid, text, integer', false, true),
    ('function', 'contact_sync_own_list_contact_changes', 'uuid, text, integer', true, true),
    ('function', 'list_sync_devices', 'uuid', false, true),
    ('function', 'contact_sync_own_list_sync_devices', 'uuid', true, true),
    ('function', 'contact_sync_drop_device', 'uuid, text, text', false, false),
    ('function', 'forget_sync_device', 'uuid, text', false, true),
    ('function', 'contact_sync_own_forget_sync_device', 'uuid, text', true, true),
    ('function', 'contact_sync_device_keys', 'uuid, text, uuid', false, false),
    ('function', 'contact_sync_mark_after', 'uuid, uuid[], uuid[]', false, false),
    ('function', 'contact_sync_token_expired', '', false, false),
    ('function', 'contact_sync_apply_delta', 'uuid, text, uuid, uuid[], uuid[], integer, text, boolean, boolean, integer, jsonb, text', false, false),
    ('function', 'contact_sync_unchanged_delta', 'uuid, text, uuid, text', false, false),
    ('function', 'sync_phone_keys_delta', 'uuid, text, uuid, uuid[], uuid[], text, boolean, boolean, integer, jsonb', false, false),
    ('function', 'sync_device_contacts', 'uuid, text, text[], integer, integer, text, boolean', false, true),
    ('function', 'contact_sync_own_sync_device_contacts', 'uuid, text, text[], integer, integer, text, boolean', true, true),
    ('function', 'sync_device_delta', 'uuid, text, uuid, text[], text[], text, boolean', false, true),
    ('function', 'contact_sync_own_sync_device_delta', 'uuid, text, uuid, text[], text[], text, boolean', true, true),
    ('function', 'contact_sync_session_missing', '', false, false),
    ('function', 'contact_sync_end_session', 'uuid, uuid', false, false),
    ('function', 'contact_sync_open_session', 'uuid, text, text, integer, text', false, false),
    ('function', 'contact_sync_begin_session', 'uuid, text, text, integer', false, false),
    ('function', 'contact_sync_store_part', 'uuid, uuid, integer, uuid[], boolean, text', false, false),
    ('function', 'contact_sync_stage_part', 'uuid, uuid, integer, uuid[], boolean', false, false),
    ('function', 'contact_sync_read_session', 'uuid, uuid, integer, text', false, false),
    ('function', 'contact_sync_session_keys', 'uuid, uuid, integer', false, false),
    ('function', 'contact_sync_store_session', 'uuid, uuid, bigint, integer, boolean, boolean, jsonb, text', false, false),
    ('function', 'contact_sync_commit_session', 'uuid, uuid, bigint, integer, boolean, boolean, jsonb', false, false),
    ('table', 'contact_sync_outbox', null, false, false),
    ('index', 'contact_sync_outbox_pkey', 'alter table contact_sync_outbox add constraint contact_sync_outbox_pkey primary key (message_id)', false, false),
    ('index', 'contact_sync_outbox_due_at_idx', 'create index contact_sync_outbox_due_at_idx on contact_sync_outbox (due_at) where due_at is not null', false, false),
    ('index', 'contact_sync_outbox_changed_at_idx', 'create index contact_sync_outbox_changed_at_idx on contact_sync_outbox (changed_at, message_id)', false, false),
    ('function', 'contact_sync_has_outbox', '', false, false),
    ('function', 'set_webhooks', 'boolean', false, false),
    ('function', 'contact_sync_write_messages', 'uuid[], uuid[], uuid[], uuid[]', false, false),
    ('function', 'contact_sync_announce', 'uuid[], uuid[], uuid[]', false, false),
    ('function', 'contact_sync_forget_messages', 'uuid', false, false),
    ('function', 'contact_sync_delivery_delay', 'integer', false, false),
    ('function', 'contact_sync_take_due_messages', 'integer, interval', false, false),
    ('function', 'contact_sync_claim_message', 'uuid, integer, interval', false, false),
    ('function', 'contact_sync_end_attempt', 'uuid, integer, text, integer', false, false),
    ('function', 'contact_sync_outbox_state', '', false, false),
    ('function', 'list_webhook_messages', 'boolean, integer', false, false),
    ('function', 'replay_webhook_messages', 'uuid[]', false, false),
    ('function', 'contact_sync_consent_changed', 'uuid, uuid, boolean', false, false),
    ('function', 'contact_sync_check_discoverable', 'text', false, false),
    ('function', 'contact_sync_choose_discoverable', 'uuid, text', false, false),
    ('function', 'set_discoverability', 'uuid, text', false, true),
    ('function', 'contact_sync_own_set_discoverability', 'uuid, text', true, true),
    ('function', 'get_discoverability', 'uuid', false, true),
    ('function', 'contact_sync_own_get_discoverability', 'uuid', true, true),
    ('function', 'contact_sync_change_block', 'uuid, uuid, boolean', false, false),
    ('function', 'block_user', 'uuid, uuid', false, true),
    ('function', 'contact_sync_own_block_user', 'uuid, uuid', true, true),
    ('function', 'unblock_user', 'uuid, uuid', false, true),
    ('function', 'contact_sync_own_unblock_user', 'uuid, uuid', true, true),
    ('function', 'list_blocked_users', 'uuid, integer, uuid', false, true),
    ('function', 'contact_sync_own_list_blocked_users', 'uuid, integer, uuid', true, true),
    ('function', 'set_default_discoverability', 'text', false, false),
    ('function', 'set_suspect_hold', 'integer', false, false),
    ('function', 'release_owner', 'uuid', false, false),
    ('function', 'list_suspects', 'integer, timestamp with time zone, integer', false, false),
    ('function', 'contact_sync_suspect_state', '', false, false),
    ('function', 'contact_sync_drop_forgotten', 'uuid[]', false, false),
    ('function', 'forget_phone', 'uuid, uuid', false, false),
    ('function', 'lift_forgotten_phone', 'uuid, uuid', false, false),
    ('function', 'contact_sync_export_about', 'uuid', false, false),
    ('function', 'export_user', 'uuid, text, integer', false, false),
    ('function', 'set_retention', 'integer, integer, integer, integer', false, false),
    ('function', 'contact_sync_silent_since', 'uuid, timestamp with time zone', false, false),
    ('function', 'contact_sync_expired_contacts', 'uuid, timestamp with time zone, integer', false, false),
    ('function', 'contact_sync_is_only_walker', '', false, false),
    ('function', 'apply_retention', 'integer', false, false),
    ('function', 'count_expired', '', false, false),
    ('function', 'contact_sync_begin_rotation', 'text, text, text, text', false, false),
    ('function', 'contact_sync_node_readers', 'oid, text', false, false),
    ('function', 'contact_sync_seal_readers', '', false, false),
    ('function', 'contact_sync_await_seal_readers', 'interval', false, false),
    ('function', 'contact_sync_numbers_to_twin', 'uuid, integer', false, false),
    ('function', 'contact_sync_twin_numbers', 'uuid[], uuid[]', false, false),
    ('function', 'contact_sync_owners_without_status', '', false, false),
    ('function', 'contact_sync_adopt_books', '', false, false),
    ('function', 'contact_sync_start_moving', '', false, false),
    ('function', 'contact_sync_books_to_move', 'uuid, integer', false, false),
    ('function', 'contact_sync_take_books', 'uuid[]', false, false),
    ('function', 'contact_sync_move_books', 'uuid[], uuid[], uuid[]', false, false),
    ('function', 'contact_sync_switch_seal', '', false, false),
    ('function', 'contact_sync_messages_to_move', 'integer', false, false),
    ('function', 'contact_sync_move_messages', 'uuid[], uuid[]', false, false),
    ('function', 'contact_sync_drop_old_numbers', 'uuid, integer', false, false),
    ('function', 'contact_sync_drop_old_answers', '', false, false),
    ('function', 'contact_sync_newest_entries', '', false, false),
    ('function', 'contact_sync_queued_before', 'bigint[]', false, false),
    ('function', 'contact_sync_end_rotation', '', false, false),
    ('function', 'contact_sync_rotation_state', '', false, false),
    ('table', 'contact_sync_users', null, false, false),
    ('index', 'contact_sync_users_pkey', 'alter table contact_sync_users add constraint contact_sync_users_pkey primary key (user_id)', false, false),
    ('index', 'contact_sync_users_id_text_once', 'alter table contact_sync_users add constraint contact_sync_users_id_text_once unique (id_text)', false, false),
    ('index', 'contact_sync_users_erased_at_idx', 'create index contact_sync_users_erased_at_idx on contact_sync_users (erased_at) where erased_at is not null', false, false),
    ('function', 'contact_sync_record_user_ids', 'text, bytea', false, false),
    ('function', 'contact_sync_named_users', 'uuid[]', false, false),
    ('function', 'contact_sync_name_users', 'uuid[], text[]', false, false),
    ('function', 'contact_sync_id_texts', 'uuid[], boolean', false, false),
    ('function', 'contact_sync_drop_unused_users', 'uuid, integer', false, false),
    ('function', 'contact_sync_drop_erased_users', '', false, false),
    ('function', 'contact_sync_keep_user_id_secret', 'bytea', false, false),
    ('function', 'find_user', 'text', false, false),
    ('function', 'find_id_text', 'uuid', false, false),
    ('function', 'contact_sync_bucket_ms', 'smallint', false, false),
    ('function', 'contact_sync_daily_figures', 'date', false, false),
    ('function', 'get_operation_history', 'integer', false, false),
    ('function', 'list_sync_failures', 'integer', false, false),
    ('function', 'contact_sync_overview', '', false, false),
    ('function', 'contact_sync_settings_in_force', '', false, false),
    ('function', 'contact_sync_user_report', 'uuid', false, false),
    ('function', 'explain_contact', 'uuid, uuid', false, false),
    ('function', 'contact_sync_is_spread', 'text', false, false),
    ('function', 'contact_sync_check_cluster', '', false, false),
    ('function', 'contact_sync_ask_nodes', 'text, bigint[]', false, false),
    ('function', 'contact_sync_node_group', '', false, false),
    ('function', 'contact_sync_ask_nodes_within', 'text', false, false),
    ('function', 'contact_sync_origin', '', false, false),
    ('function', 'contact_sync_node_shows', 'bigint[], bigint[], bytea, timestamp with time zone', false, false),
    ('function', 'contact_sync_copy_of', 'text', false, false),
    ('function', 'contact_sync_cluster_lock_numbers', 'uuid[]', false, false),
    ('function', 'contact_sync_cluster_is_only_linker', '', false, false),
    ('function', 'contact_sync_cluster_is_only_walker', '', false, false),
    ('function', 'contact_sync_cluster_take_entries', 'bigint, bigint[], timestamp with time zone, bigint[], integer', false, false),
    ('function', 'contact_sync_cluster_take_pending_books', 'bigint[]', false, false),
    ('function', 'contact_sync_cluster_owners_without_status', '', false, false),
    ('function', 'contact_sync_cluster_take_erasures', 'bigint[]', false, false),
    ('function', 'contact_sync_cluster_owner_groups', 'uuid[]', false, false),
    ('function', 'contact_sync_cluster_enter_node_fence', 'uuid[]', false, false),
    ('function', 'contact_sync_cluster_owner_lockers', 'uuid[]', false, false),
    ('function', 'contact_sync_cluster_is_queue_large', '', false, false),
    ('function', 'contact_sync_node_sizes', 'text[]', false, false),
    ('function', 'contact_sync_cluster_measure_relations', 'oid[]', false, false),
    ('function', 'contact_sync_cluster_choose_place', 'uuid', false, false),
    ('function', 'contact_sync_cluster_fence_holders', '', false, false),
    ('function', 'contact_sync_cluster_running_transactions', '', false, false),
    ('function', 'contact_sync_cluster_shown_everywhere', 'bigint[], bigint[], bytea, timestamp with time zone', false, false),
    ('function', 'contact_sync_cluster_seal_readers', '', false, false),
    ('function', 'contact_sync_cluster_describe_transactions', 'bigint[]', false, false),
    ('function', 'contact_sync_cluster_visible_user', 'uuid, uuid', false, false),
    ('function', 'contact_sync_spread_tables', '', false, false),
    ('function', 'contact_sync_replace_functions', '', false, false),
    ('function', 'contact_sync_open_shards', '', false, false),
    ('function', 'contact_sync_close_node', '', false, false),
    ('function', 'contact_sync_node_state', '', false, false),
    ('function', 'contact_sync_cluster_faults', '', false, false),
    ('function', 'contact_sync_cluster_write_numbers', 'uuid[], uuid[], timestamp with time zone[], timestamp with time zone, boolean, smallint', false, false),
    ('function', 'contact_sync_cluster_numbers_to_relink', 'uuid[]', false, false),
    ('function', 'contact_sync_cluster_stale_contacts', 'uuid[], uuid[], boolean[], integer', false, false),
    ('function', 'contact_sync_set_option', 'text[], text, text', false, false),
    ('function', 'distribute_contact_sync', '', false, false)
    -- </objects>
$$;


-- A function of this schema as a statement names it, wherever it is run.
create function contact_sync_signature(p_function oid)
returns text
language sql stable
set search_path from current
as $$
  select pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
           (select pg_catalog.string_agg(
                     case when t.typnamespace = p.pronamespace
                          then pg_catalog.format('%I.%I', n.nspname, t.typname)
                          else pg_catalog.format_type(t.oid, null)
                     end, ', ' order by a.place)
              from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality as a (type_id, place)
              join pg_catalog.pg_type t on t.oid = a.type_id))
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.oid = p_function
$$;


-- Who may do what, compared with the rule: a row for each object where rights,
-- row-level security, policies, owner, or what a function runs with, are not as
-- they should be, and for a schema or a role that lets others in.
--
-- The rule: service_role may read and write all, and call all, but not what
-- would make it the owner (a trigger, a reference). authenticated may call the
-- functions that check for whom they are called, and read its own contacts but
-- for the link, which only the functions confirm. Nobody else has anything,
-- whatever default privileges a database has (Supabase's grant everything in
-- public to anon and authenticated) and whatever a dump left behind. The owner
-- is not bound by row-level security: the functions for users run as the owner.
--
-- severity: 'unsafe' lets somebody in, 'warning' will fail somebody, 'note' is
-- worth knowing. cure: a statement where is_fixable, or else words.
--
-- Reads the catalog alone. Built-in functions by their full names and operators
-- with exact types: it may be asked of a schema where others planted theirs.
create function contact_sync_access_faults()
returns table (
  code       text,
  severity   text,
  object     text,
  problem    text,
  cure       text,
  is_fixable boolean)
language sql stable
set search_path from current
set jit = off -- what it costs is guessed far too high
as $$
  with schema_here as (
    select n.oid as schema_id, n.nspname::text as schema_name, n.nspowner, n.nspacl,
           coalesce((select c.relowner from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = 'contacts_with_accounts'),
                    (select c.relowner from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = 'phones'),
                    (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)) as owner_id,
           pg_catalog.to_regrole('service_role')::oid as service_id,
           pg_catalog.to_regrole('authenticated')::oid as users_id
      from pg_catalog.pg_namespace n
     where n.nspname = pg_catalog.current_schema()
  ), here as (
    select s.*, pg_catalog.format('%I', r.rolname) as owner_name
      from schema_here s
      join pg_catalog.pg_roles r on r.oid = s.owner_id
  ), roles as materialized (
    -- 0: PUBLIC
    select '0'::oid as role_id, 'PUBLIC'::text as role_name, false as is_owner, false as is_trusted
    union all
    select r.oid, pg_catalog.format('%I', r.rolname),
           pg_catalog.pg_has_role(r.oid, h.owner_id, 'usage'),
           pg_catalog.pg_has_role(r.oid, h.owner_id, 'usage')
             or coalesce(pg_catalog.pg_has_role(r.oid, h.service_id, 'usage'), false)
      from pg_catalog.pg_roles r
     cross join here h
  ), objects as (
    select o.kind, o.name, o.detail, o.is_definer, o.is_for_users from contact_sync_objects() as o
  ), named_relations as (
    select c.oid, o.kind, o.name, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
           pg_catalog.format('%I.%I', h.schema_name, c.relname) as shown
      from here h
      join pg_catalog.pg_class c on c.relnamespace = h.schema_id
      join objects o on o.name = c.relname::text
     where o.kind = 'table' and c.relkind in ('r', 'p')
        or o.kind = 'view' and c.relkind = 'v'
        or o.kind = 'sequence' and c.relkind = 'S'
  ), relations as (
    select r.* from named_relations r
    union all -- reached through their table alone
    select c.oid, 'partition', c.relname::text, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
           pg_catalog.format('%I.%I', n.nspname, c.relname)
      from named_relations r
     cross join lateral pg_catalog.pg_partition_tree(r.oid::regclass) as t
      join pg_catalog.pg_class c on c.oid = t.relid::oid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where r.relkind = 'p'
       and t.level > 0
  ), functions as (
    select p.oid, p.proname::text as name, p.proowner, p.proacl, p.prosecdef, p.proconfig, p.prosqlbody is not null as is_bound,
           o.is_definer, o.is_for_users, o.name is not null as is_ours
      from here h
      join pg_catalog.pg_proc p on p.pronamespace = h.schema_id
      left join objects o on o.kind = 'function' and o.name = p.proname::text and o.detail = pg_catalog.oidvectortypes(p.proargtypes)
     where p.proname::text in (select n.name from objects n where n.kind = 'function')
  ), grantables as (
    select case r.kind when 'sequence' then 'sequence' else 'table' end as class,
           r.oid, r.shown, r.relowner as owner_id, r.relacl as acl
      from relations r
    union all
    select 'function', f.oid, null, f.proowner, coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))
      from functions f
     where f.is_ours
  ), wanted as (
    select case r.kind when 'sequence' then 'sequence' else 'table' end as class,
           r.oid, null::text as column_name, h.service_id as role_id, p.privilege
      from here h
     cross join relations r
     cross join lateral pg_catalog.unnest(
             case
               when r.name = 'contact_sync_migrations' then '{SELECT}'::text[]
               when r.kind = 'table' then '{SELECT,INSERT,UPDATE,DELETE}'::text[]
               when r.kind = 'view' then '{SELECT}'::text[]
               -- on Citus, an insert asks for it also where the column is an identity
               when r.kind = 'sequence' and r.name not in ('contact_sync_migrations_id_seq', 'contact_sync_finished_links_finished_id_seq')
               then '{USAGE}'::text[]
             end) as p (privilege)
     where h.service_id <> r.relowner
    union all
    select 'table', r.oid, c.column_name, h.users_id, 'SELECT'
      from here h
     cross join relations r
     cross join lateral pg_catalog.unnest('{owner_id,phone_key,is_favorite,last_interaction,created_at,updated_at}'::text[]) as c (column_name)
     where r.name = 'contacts_with_accounts'
       and r.kind = 'table'
       and h.users_id <> r.relowner
    union all
    select 'function', f.oid, null, x.role_id, 'EXECUTE'
      from here h
     cross join functions f
     cross join lateral (values (h.service_id, true), (h.users_id, f.is_for_users)) as x (role_id, is_allowed)
     where f.is_ours
       and x.is_allowed
       and x.role_id <> f.proowner
  ), held as (
    select g.class, g.oid, null::text as column_name, a.grantee as role_id, a.privilege_type as privilege,
           a.is_grantable, a.grantor = g.owner_id as is_by_owner
      from grantables g
     cross join lateral pg_catalog.aclexplode(g.acl) as a
     where a.grantee <> g.owner_id
    union all
    select g.class, g.oid, c.attname::text, a.grantee, a.privilege_type, a.is_grantable, a.grantor = g.owner_id
      from grantables g
      join pg_catalog.pg_attribute c on c.attrelid = g.oid and g.class = 'table'
     cross join lateral pg_catalog.aclexplode(c.attacl) as a
     where not c.attisdropped
       and a.grantee <> g.owner_id
  ), grants as (
    select d.class, d.oid, d.role_id,
           pg_catalog.string_agg(distinct d.privilege, ', ') filter (where d.is_extra) as extra,
           pg_catalog.string_agg(distinct d.privilege, ', ') filter (where not d.is_extra) as lacking
      from (select e.class, e.oid, e.role_id, true as is_extra,
                   pg_catalog.concat(e.privilege, case when e.is_grantable then ' with grant option' end) as privilege
              from held e
             where e.is_grantable
                or not exists (select
                                 from wanted w
                                where w.class = e.class
                                  and w.oid = e.oid
                                  and w.role_id = e.role_id
                                  and w.privilege = e.privilege
                                  and w.column_name is not distinct from e.column_name)
             union all
            select w.class, w.oid, w.role_id, false, w.privilege
              from wanted w
             where not exists (select
                                 from held e
                                where e.class = w.class
                                  and e.oid = w.oid
                                  and e.role_id = w.role_id
                                  and e.privilege = w.privilege
                                  and e.column_name is not distinct from w.column_name
                                  and e.is_by_owner)) as d
     group by d.class, d.oid, d.role_id
  ), due as (
    -- what to grant to a role whose rights on an object were revoked, or are not all there
    select w.class, w.oid, w.role_id,
           coalesce(pg_catalog.string_agg(w.privilege, ', ') filter (where w.column_name is null),
                    'SELECT (' || pg_catalog.string_agg(w.column_name, ', ') || ')') as privileges
      from wanted w
     group by w.class, w.oid, w.role_id
  ), wanted_policies as (
    select r.oid, r.shown, 'contact_sync_service' as name, '*'::"char" as command, h.service_id as role_id,
           'true' as using_expression, 'true' as check_expression,
           pg_catalog.format('create policy contact_sync_service on %s to service_role using (true) with check (true);', r.shown) as statement
      from here h
     cross join relations r
     where r.kind = 'table'
       and h.service_id is not null
    union all
    select r.oid, r.shown, 'contact_sync_own', 'r', h.users_id,
           '(owner_id = contact_sync_subject())', null,
           pg_catalog.format('create policy contact_sync_own on %s for select to authenticated using (owner_id = %I.contact_sync_subject());',
                             r.shown, h.schema_name)
      from here h
     cross join relations r
     where r.name = 'contacts_with_accounts'
       and r.kind = 'table'
       and h.users_id is not null
       and exists (select from functions f where f.name = 'contact_sync_subject' and f.is_ours)
  ), policies as (
    select p.polrelid, p.polname::text as name, p.polpermissive,
           p.polcmd = w.command
             and p.polpermissive
             and p.polroles operator(pg_catalog.=) array[w.role_id]
             and pg_catalog.pg_get_expr(p.polqual, p.polrelid) is not distinct from w.using_expression
             and pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) is not distinct from w.check_expression as is_right
      from pg_catalog.pg_policy p
      join relations r on r.oid = p.polrelid
      left join wanted_policies w on w.oid = p.polrelid and w.name = p.polname::text
  ), neighbours as (
    -- whether the schema holds something that is not ours
    select h.schema_name = 'public'
             or exists (select
                          from pg_catalog.pg_class c
                         where c.relnamespace = h.schema_id
                           and c.relkind in ('r', 'p', 'v', 'm', 'f')
                           and not exists (select from relations r where r.oid = c.oid))
             or exists (select
                          from pg_catalog.pg_proc p
                         where p.pronamespace = h.schema_id
                           and not exists (select from functions f where f.oid = p.oid)) as is_shared
      from here h
  ), owned as (
    select case r.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as class, r.shown, r.relowner as owner_id
      from relations r
     -- a column's sequence goes with its table
     where r.relkind <> 'S'
    union all
    select 'function', contact_sync_signature(f.oid), f.proowner
      from here h
     cross join functions f
     where f.is_ours
       and f.proowner <> h.owner_id
    union all
    select 'type', pg_catalog.format('%I.%I', h.schema_name, t.typname), t.typowner
      from here h
      join pg_catalog.pg_type t on t.typnamespace = h.schema_id
      join objects o on o.kind = 'type' and o.name = t.typname::text
  ), faults (code, severity, object, problem, cure, is_fixable) as (
    select case when pg_catalog.bool_or(g.extra is not null) then 'GRANTED_TO_OTHERS' else 'GRANT_MISSING' end,
           case when pg_catalog.bool_or(g.extra is not null and not r.is_trusted) then 'unsafe' else 'warning' end,
           o.shown,
           pg_catalog.concat_ws('; ',
             pg_catalog.string_agg(r.role_name || ' may ' || g.extra, ', ' order by r.role_name) filter (where g.extra is not null) || ', and must not',
             pg_catalog.string_agg(r.role_name || ' lacks ' || g.lacking, ', ' order by r.role_name) filter (where g.lacking is not null)),
           pg_catalog.concat_ws(' ',
             pg_catalog.format('revoke all on %s %s from ', g.class, o.shown)
               || pg_catalog.string_agg(r.role_name, ', ' order by r.role_name) filter (where g.extra is not null) || ' cascade;',
             pg_catalog.string_agg(pg_catalog.format('grant %s on %s %s to %s;', pg_catalog.lower(d.privileges), g.class, o.shown, r.role_name),
                                   ' ' order by r.role_name) filter (where d.privileges is not null)),
           true
      from grants g
      join grantables n on n.class = g.class and n.oid = g.oid
     cross join lateral (select coalesce(n.shown, contact_sync_signature(n.oid)) as shown offset 0) as o
      join roles r on r.role_id = g.role_id
      left join due d on d.class = g.class and d.oid = g.oid and d.role_id = g.role_id
     group by g.class, o.shown

    union all
    select 'ROW_SECURITY_OFF', 'unsafe', r.shown,
           'row-level security is off',
           pg_catalog.format('alter table %s enable row level security;', r.shown), true
      from relations r
     where r.kind in ('table', 'partition')
       and not r.relrowsecurity
    union all
    select 'ROW_SECURITY_FORCED', 'warning', r.shown,
           'row-level security binds the owner too, so that the functions for users find nothing',
           pg_catalog.format('alter table %s no force row level security;', r.shown), true
      from relations r
     where r.kind in ('table', 'partition')
       and r.relforcerowsecurity
    union all
    select 'POLICY_FOREIGN', case when p.polpermissive then 'unsafe' else 'warning' end, r.shown,
           pg_catalog.format('the policy %I is not ours', p.name),
           pg_catalog.format('drop policy %I on %s;', p.name, r.shown), true
      from policies p
      join relations r on r.oid = p.polrelid
     where not exists (select from wanted_policies w where w.oid = p.polrelid and w.name = p.name)
    union all
    select case when p.name is null then 'POLICY_MISSING' else 'POLICY_CHANGED' end,
           case when p.name is null then 'warning' else 'unsafe' end, w.shown,
           pg_catalog.format('the policy %I %s', w.name, case when p.name is null then 'is missing' else 'was changed' end),
           case
             -- Citus takes such a statement by itself alone.
             when p.name is not null
             then pg_catalog.format('do %L;', pg_catalog.format('begin drop policy %I on %s; %s end', w.name, w.shown, w.statement))
             else w.statement
           end,
           true
      from wanted_policies w
      left join policies p on p.polrelid = w.oid and p.name = w.name
     where p.is_right is not true
    union all
    select 'VIEW_READS_AS_OWNER', 'unsafe', r.shown,
           'the view reads with its owner''s rights instead of the reader''s',
           pg_catalog.format('alter view %s set (security_invoker = true);', r.shown), true
      from relations r
     where r.kind = 'view'
       and not coalesce(r.reloptions operator(pg_catalog.&&) '{security_invoker=true,security_invoker=on,security_invoker=1}'::text[], false)
    union all
    select 'TRIGGER_FOREIGN', 'unsafe', r.shown,
           pg_catalog.format('the trigger %I runs a function of %s with our functions'' rights', t.tgname, o.role_name),
           pg_catalog.format('drop trigger %I on %s;', t.tgname, r.shown), false
      from relations r
      join pg_catalog.pg_trigger t on t.tgrelid = r.oid
      join pg_catalog.pg_proc p on p.oid = t.tgfoid
      join roles o on o.role_id = p.proowner
     where not t.tgisinternal
       and not o.is_owner

    union all
    select 'SEARCH_PATH', 'unsafe', s.shown,
           'its search_path is not exactly this schema and then pg_temp',
           pg_catalog.format('alter function %s set search_path = %I, pg_temp;', s.shown, h.schema_name), true
      from here h
     cross join functions f
     cross join lateral (select contact_sync_signature(f.oid) as shown) as s
     where f.is_ours
       -- a body whose names were bound when it was created asks no path
       and not f.is_bound
       and not coalesce(pg_catalog.format('search_path=%I, pg_temp', h.schema_name) = any (f.proconfig), false)
    union all
    select 'DEFINER', 'unsafe', s.shown,
           case when f.prosecdef then 'it runs with its owner''s rights, and must not' else 'it must run with its owner''s rights, and does not' end,
           pg_catalog.format('alter function %s security %s;', s.shown, case when f.is_definer then 'definer' else 'invoker' end), true
      from functions f
     cross join lateral (select contact_sync_signature(f.oid) as shown) as s
     where f.is_ours
       and f.prosecdef <> f.is_definer
    union all
    select 'FUNCTION_FOREIGN', case when o.is_owner then 'warning' else 'unsafe' end, s.shown,
           pg_catalog.format('a function of one of our names with other arguments, of %s: ours, or a caller, may meet it instead', o.role_name),
           pg_catalog.format('drop function %s;', s.shown), false
      from functions f
     cross join lateral (select contact_sync_signature(f.oid) as shown) as s
      join roles o on o.role_id = f.proowner
     where not f.is_ours
    union all
    select 'PLANTED', 'unsafe', pg_catalog.format('%I.%s(%s, %s)', h.schema_name, p.oprname, pg_catalog.format_type(p.oprleft, null), pg_catalog.format_type(p.oprright, null)),
           pg_catalog.format('an operator of %s in the schema that our functions look in', o.role_name),
           'Drop it, or move it to another schema.', false
      from here h
      join pg_catalog.pg_operator p on p.oprnamespace = h.schema_id
      join roles o on o.role_id = p.oprowner
     where not o.is_owner
    union all
    select 'PLANTED', 'unsafe', pg_catalog.format('%I.%I(%s)', h.schema_name, p.proname, pg_catalog.oidvectortypes(p.proargtypes)),
           pg_catalog.format('a function of %s, named as a built-in one, in the schema that our functions look in', o.role_name),
           'Drop it, or move it to another schema.', false
      from here h
      join pg_catalog.pg_proc p on p.pronamespace = h.schema_id
      join roles o on o.role_id = p.proowner
     where not o.is_owner
       and exists (select from pg_catalog.pg_proc b where b.pronamespace = 'pg_catalog'::regnamespace::oid and b.proname = p.proname)

    union all
    select 'OWNER', case when o.is_owner or o.is_trusted then 'warning' else 'unsafe' end, w.shown,
           pg_catalog.format('it belongs to %s, the tables belong to %s', o.role_name, h.owner_name),
           pg_catalog.format('alter %s %s owner to %s;', w.class, w.shown, h.owner_name), true
      from here h
     cross join owned w
      join roles o on o.role_id = w.owner_id
     where w.owner_id <> h.owner_id
    union all
    select 'OWNER', 'warning', 'schema ' || pg_catalog.quote_ident(h.schema_name),
           pg_catalog.format('it belongs to %s, the tables belong to %s', o.role_name, h.owner_name),
           pg_catalog.format('alter schema %I owner to %s;', h.schema_name, h.owner_name), false
      from here h
      join roles o on o.role_id = h.nspowner
     where not o.is_owner
       and o.role_name <> 'pg_database_owner'
    union all
    select 'OWNER', 'warning', 'role service_role',
           'the tables belong to service_role, so that whoever is a back end may also change them',
           'Give them to a role of their own: alter table … owner to …', false
      from here h
     where h.owner_id = h.service_id

    union all
    select 'SCHEMA_OPEN', case when r.is_trusted then 'warning' else 'unsafe' end, 'schema ' || pg_catalog.quote_ident(h.schema_name),
           pg_catalog.format('%s may create objects in it, which our functions would run', r.role_name),
           pg_catalog.format('revoke create on schema %I from %s;', h.schema_name, r.role_name),
           a.grantee = '0'::oid or not n.is_shared
      from here h
     cross join neighbours n
     cross join lateral pg_catalog.aclexplode(h.nspacl) as a
      join roles r on r.role_id = a.grantee
     where a.privilege_type = 'CREATE'
       and a.grantee <> h.nspowner
       and not r.is_owner
       and (a.grantee = '0'::oid or not pg_catalog.pg_has_role(a.grantee, 'pg_database_owner'::name, 'usage'))
    union all
    select 'SCHEMA_CLOSED', 'warning', 'schema ' || pg_catalog.quote_ident(h.schema_name),
           pg_catalog.format('%s may not use the schema, and so nothing in it', r.role_name),
           pg_catalog.format('grant usage on schema %I to %s;', h.schema_name, r.role_name), true
      from here h
      join roles r on r.role_id in (h.service_id, h.users_id)
     where not pg_catalog.has_schema_privilege(r.role_id, h.schema_id, 'usage')
    union all
    select 'ROLE_TRUSTED', 'unsafe', 'role ' || pg_catalog.quote_ident(r.rolname::text),
           case
             when r.rolsuper then 'it is a superuser'
             when r.rolbypassrls then 'it bypasses row-level security'
             else 'it is a member of service_role or of the tables'' owner, and may act for anybody'
           end,
           case
             when r.rolsuper then pg_catalog.format('alter role %I nosuperuser;', r.rolname)
             when r.rolbypassrls then pg_catalog.format('alter role %I nobypassrls;', r.rolname)
             else pg_catalog.format('revoke service_role, %s from %I;', h.owner_name, r.rolname)
           end,
           false
      from here h
      join pg_catalog.pg_roles r on r.rolname in ('anon', 'authenticated')
     where r.rolsuper
        or r.rolbypassrls
        or pg_catalog.pg_has_role(r.oid, h.owner_id, 'member')
        or coalesce(pg_catalog.pg_has_role(r.oid, h.service_id, 'member'), false)
    union all
    select 'DEFAULT_PRIVILEGES',
           case when n.is_shared or d.defaclnamespace = '0'::oid then 'note' else 'warning' end,
           pg_catalog.format('%s to come in schema %I', k.objects, h.schema_name),
           pg_catalog.format('what %s creates is given to %s; each of our migrations takes its own back%s', h.owner_name,
                             pg_catalog.string_agg(distinct r.role_name, ', '),
                             case when n.is_shared then ', and the rest of the schema may rely on it' end),
           pg_catalog.format('alter default privileges for role %s%s revoke all on %s from %s;', h.owner_name,
                             case when d.defaclnamespace <> '0'::oid then pg_catalog.format(' in schema %I', h.schema_name) end,
                             k.objects,
                             pg_catalog.string_agg(distinct r.role_name, ', ')),
           not n.is_shared and d.defaclnamespace <> '0'::oid
      from here h
     cross join neighbours n
      join pg_catalog.pg_default_acl d on d.defaclrole = h.owner_id and d.defaclnamespace in ('0'::oid, h.schema_id)
      join (values ('r'::"char", 'tables'), ('S', 'sequences'), ('f', 'functions')) as k (kind, objects) on k.kind = d.defaclobjtype
     cross join lateral pg_catalog.aclexplode(d.defaclacl) as a
      join roles r on r.role_id = a.grantee
     where not r.is_trusted
     group by h.schema_name, h.owner_name, n.is_shared, d.defaclnamespace, k.objects

    union all
    select 'OBJECT_MISSING', 'warning', pg_catalog.format('%I.%I%s', h.schema_name, o.name, '(' || case o.kind when 'function' then o.detail end || ')'),
           pg_catalog.format('this %s of ours is missing', o.kind),
           'Run `contact-sync migrate`; if nothing is pending there, restore it from the dump that this database came from.', false
      from here h
     cross join objects o
     where case o.kind
             when 'function' then not exists (select from functions f where f.name = o.name and f.is_ours)
             when 'type' then not exists (select from pg_catalog.pg_type t where t.typnamespace = h.schema_id and t.typname::text = o.name)
             when 'index' then false -- check_contact_sync() looks closer
             else not exists (select from relations r where r.name = o.name)
           end
  )
  select f.code, f.severity, f.object, f.problem, f.cure, f.is_fixable
    from faults f
   order by case f.severity when 'unsafe' then 1 when 'warning' then 2 else 3 end, f.code, f.object
$$;


-- Brings rights, row-level security and policies to what the rule says that
-- stands on top of contact_sync_access_faults(): revokes from whoever holds
-- something and should not, by name, and grants what is missing. What is right
-- already is left alone, so on a live database it waits for nobody.
--
-- Every migration ends with it, and so does each `contact-sync migrate`; run it
-- after a restore and after creating one of the roles. Only for the owner.
create function apply_contact_sync_grants()
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_owner_id  constant oid := (select c.relowner from pg_catalog.pg_class c where c.oid = 'phones'::regclass::oid);
  v_statement text;
begin
  if not pg_catalog.pg_has_role(v_owner_id, 'usage') then
    raise exception using
      errcode = 'YC007',
      message = 'NOT_ALLOWED: only the owner of contact-sync''s tables may set their rights',
      hint = pg_catalog.format('Call it as %s.', v_owner_id::regrole);
  end if;

  -- The schema may belong to somebody else; check_contact_sync() tells what is left.
  for v_statement in
    select f.cure
      from contact_sync_access_faults() as f
     where f.code in ('GRANTED_TO_OTHERS', 'GRANT_MISSING',
                      'ROW_SECURITY_OFF', 'ROW_SECURITY_FORCED',
                      'POLICY_FOREIGN', 'POLICY_MISSING', 'POLICY_CHANGED', 'VIEW_READS_AS_OWNER')
        or (f.code = 'SCHEMA_CLOSED'
            and pg_catalog.has_schema_privilege(pg_catalog.current_schema()::text, 'usage with grant option'))
  loop
    execute v_statement;
  end loop;
end
$$;


-- What is wrong with this installation, a fault a row: rights
-- (contact_sync_access_faults() has the rule), indexes that are missing, broken
-- or bloated, sequences left behind, a queue that nobody drains, messages for the
-- webhook that don't arrive, links that are not what the directory says (of a
-- sample of it), numbers of which nobody recorded whether they are sealed,
-- settings of the server worth knowing of, and on a Citus cluster its nodes.
--
-- severity: 'unsafe' lets somebody in, and the service will not start; 'warning'
-- fails somebody, or will; 'note' is worth knowing. cure is a statement where
-- is_fixable: `contact-sync doctor --fix` runs those. Changes nothing itself.
-- For service_role.
create function check_contact_sync()
returns table (
  code       text,
  severity   text,
  object     text,
  problem    text,
  cure       text,
  is_fixable boolean)
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_schema    constant text := current_schema()::text;
  v_waiting   bigint;
  v_lag       numeric;
  v_from      constant uuid := pg_catalog.gen_random_uuid();
  v_counted   record;
  v_keys      uuid[];
  v_is_sealed boolean;
  v_fault     record;
  v_is_whole  boolean := true;
  v_given     bigint;
  v_taken     bigint;
  v_aside     bigint;
begin
  return query
    select f.code, f.severity, f.object, f.problem, f.cure, f.is_fixable from contact_sync_access_faults() as f;

  if exists (select from pg_catalog.pg_extension e where e.extname = 'citus') then
    if contact_sync_is_spread('phones') then
      for v_fault in select f.code, f.severity, f.object, f.problem, f.cure, f.is_fixable from contact_sync_cluster_faults() as f loop
        code := v_fault.code;
        severity := v_fault.severity;
        object := v_fault.object;
        problem := v_fault.problem;
        cure := v_fault.cure;
        is_fixable := v_fault.is_fixable;
        return next;
        v_is_whole := v_is_whole and v_fault.code <> 'CLUSTER_NODE';
      end loop;
      -- What follows asks all nodes.
      if not v_is_whole then
        return;
      end if;
    else
      return query
        select 'CLUSTER_NOT_SPREAD', 'note', 'schema ' || pg_catalog.quote_ident(v_schema),
               'the database has the extension citus, and all of contact-sync lies on this node'::text,
               'Where it is to be spread over the cluster: run `contact-sync migrate --citus`.'::text, false;
    end if;
  end if;

  -- An entry of a b-tree takes 8 bytes, its columns, and 4 in the page's
  -- directory. Pages filled at random are two thirds full, so an index three
  -- times as large as full pages of its entries is mostly holes. Equal keys share
  -- an entry, which only makes it smaller. How many entries there are is what
  -- the last vacuum counted: of a table that none has seen, as after a restore, nobody knows.
  return query
    with wanted as (
      select o.name, o.detail,
             pg_catalog.substring(o.detail, '^(?:alter table|create (?:unique )?index \w+ on) (\w+)') as table_name
        from contact_sync_objects() as o
       where o.kind = 'index'
    ), indexes as (
      select w.name, w.detail, w.table_name, t.relkind as table_kind, i.indexrelid, i.indisvalid,
             pg_catalog.format('%I.%I', v_schema, w.name) as shown,
             case when c.relkind = 'i' then pg_catalog.pg_relation_size(i.indexrelid::regclass) end::float8 as size,
             case when c.reltuples >= 0::float4 and t.reltuples >= 0::float4 then c.reltuples end::float8
               * (12::float8 + (select pg_catalog.sum(case when a.attlen > 0::int2 then (a.attlen::integer + 7) / 8 * 8 else 32 end)
                                  from pg_catalog.pg_attribute a
                                 where a.attrelid = i.indexrelid)::float8) as entries_size
        from wanted w
        join pg_catalog.pg_namespace n on n.nspname::text = v_schema
        join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname::text = w.table_name
        left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname::text = w.name and c.relkind in ('i', 'I')
        left join pg_catalog.pg_index i on i.indexrelid = c.oid
    )
    select 'INDEX_MISSING', 'warning', x.shown, 'this index of ours is missing'::text,
           case
             when x.table_kind = 'p' or x.detail like 'alter table %'
             then pg_catalog.replace(x.detail, ' ' || x.table_name || ' ', pg_catalog.format(' %I.%I ', v_schema, x.table_name)) || ';'
             else pg_catalog.regexp_replace(
                    pg_catalog.replace(x.detail, ' on ' || x.table_name || ' ', pg_catalog.format(' on %I.%I ', v_schema, x.table_name)),
                    '^create (unique )?index', 'create \1index concurrently') || ';'
           end,
           x.table_kind <> 'p' and x.detail not like 'alter table %'
      from indexes x
     where x.indexrelid is null
    union all
    select 'INDEX_INVALID', 'warning', x.shown, 'the index is not usable: building it did not come to its end',
           pg_catalog.format('reindex index concurrently %s;', x.shown), true
      from indexes x
     where not x.indisvalid
    union all
    select 'INDEX_BLOATED', 'warning', x.shown,
           pg_catalog.format('the index has %s, its entries would fill %s',
                             pg_catalog.pg_size_pretty(x.size::bigint), pg_catalog.pg_size_pretty(x.entries_size::bigint)),
           pg_catalog.format('reindex index concurrently %s;', x.shown), true
      from indexes x
     where x.size > 8388608::float8 -- 8 MB
       and x.size > 3::float8 * x.entries_size
     order by 1, 3;

  -- Logical replication brings rows and leaves sequences where they were. Of runs
  -- the latest are looked at: all of them would be too many. On Citus each worker has
  -- numbers of its own, from 2^48 up.
  for v_counted in
    select c.sequence_name, c.question
      from (values
        ('contact_sync_pending_links_entry_id_seq', 'select max(q.entry_id) from %I.contact_sync_pending_links q where q.entry_id < 281474976710656'),
        ('contact_sync_pending_books_entry_id_seq', 'select max(b.entry_id) from %I.contact_sync_pending_books b where b.entry_id < 281474976710656'),
        ('contact_sync_finished_links_finished_id_seq', 'select max(f.finished_id) from %I.contact_sync_finished_links f'),
        ('contact_sync_runs_run_id_seq',
         'select max(l.run_id) from (select r.run_id from %I.contact_sync_runs r order by r.started_at desc limit 1000) l where l.run_id < 281474976710656'),
        ('contact_sync_migrations_id_seq', 'select max(m.id)::bigint from %I.contact_sync_migrations m')) as c (sequence_name, question)
     where pg_catalog.to_regclass(pg_catalog.format('%I.%I', v_schema, c.sequence_name)) is not null
       -- service_role may not look at all of them; the owner may
       and pg_catalog.has_sequence_privilege(pg_catalog.format('%I.%I', v_schema, c.sequence_name), 'usage, select')
  loop
    execute pg_catalog.format(v_counted.question, v_schema) into v_taken;
    v_given := coalesce(pg_catalog.pg_sequence_last_value(
                          pg_catalog.to_regclass(pg_catalog.format('%I.%I', v_schema, v_counted.sequence_name))), 0);
    if v_taken > v_given then
      return query
        select 'SEQUENCE_BEHIND', 'warning', pg_catalog.format('%I.%I', v_schema, v_counted.sequence_name),
               'it would give numbers again that are taken, as after logical replication'::text,
               pg_catalog.format('select pg_catalog.setval(%L, %s);',
                                 pg_catalog.format('%I.%I', v_schema, v_counted.sequence_name), v_taken + 1000), true;
    end if;
  end loop;

  select q.waiting, q.lag_seconds into v_waiting, v_lag from contact_sync_queue_state() as q;
  if v_lag > 600::numeric then
    return query
      select 'QUEUE_WAITING', 'warning', pg_catalog.format('%I.contact_sync_pending_links', v_schema),
             pg_catalog.format('changes of the directory wait for the linker: %s, the oldest for %s minutes; nobody runs it, or a transaction was left open',
                               v_waiting, pg_catalog.trunc(v_lag / 60::numeric)),
             'Run the service, or `contact-sync link-pending`, or link_pending_phones() by pg_cron.'::text, false;
  end if;

  select o.waiting, o.oldest_seconds, o.set_aside into v_waiting, v_lag, v_aside from contact_sync_outbox_state() as o;
  if v_lag > 600::numeric then
    return query
      select 'WEBHOOKS_WAITING', 'warning', pg_catalog.format('%I.contact_sync_outbox', v_schema),
             pg_catalog.format('messages wait for the webhook: %s, the oldest for %s minutes; nobody delivers them, or the receiver fails',
                               v_waiting, pg_catalog.trunc(v_lag / 60::numeric)),
             pg_catalog.format('Run the service with CONTACT_SYNC_WEBHOOK_URL and look into its log; or, without a webhook: select %I.set_webhooks(false);', v_schema), false;
  end if;
  if v_aside > 0 then
    return query
      select 'WEBHOOKS_SET_ASIDE', 'warning', pg_catalog.format('%I.contact_sync_outbox', v_schema),
             pg_catalog.format('messages for the webhook were given up: %s', v_aside),
             'See `contact-sync webhooks list`; when the receiver works again, `contact-sync webhooks replay`.'::text, false;
  end if;

  -- A link that is not what the directory says has its number or its book in a queue, unless
  -- somebody wrote into phones by hand. Some numbers and some linked contacts are
  -- looked at, others each time; relink_phones() looks at all. What is found is looked
  -- at again: on Citus, statements of one check don't see the same moment, and the linker
  -- may have been at it.
  v_keys := array(
    select c.phone_key
      from ((select o.phone_key, o.link_given
               from contacts_with_accounts o
              where o.linked_user_id is not null and o.owner_id >= v_from
              order by o.owner_id, o.phone_key
              limit 500)
            union all
            (select o.phone_key, o.link_given
               from contacts_with_accounts o
              where o.linked_user_id is not null
              order by o.owner_id, o.phone_key
              limit 500)) as c
     where not c.link_given);
  v_keys := array(select pg_catalog.unnest(v_keys)
                  except
                  select p.phone_key from phones p where p.phone_key = any (v_keys));
  v_keys := v_keys operator(pg_catalog.||) array(
    (select p.phone_key from phones p where p.phone_key >= v_from order by p.phone_key limit 500)
    union
    (select p.phone_key from phones p order by p.phone_key limit 500));
  for v_look in 1 .. 2 loop
    v_keys := array(
      select distinct c.phone_key
        from contacts_with_accounts c
        left join phones d on d.phone_key = c.phone_key
       where c.phone_key = any (v_keys)
         -- the linker is to look at the whole book
         and not exists (select 1 from contact_sync_pending_books b where b.person_id = c.owner_id and not b.are_given)
         and case
               when d.phone_key is null then c.linked_user_id is not null and not c.link_given
               else d.linked_user_id is null -- forgotten, so in nobody's book
                    or c.link_given
                    or case -- the second is the rule, which takes longer
                         when c.linked_user_id is not distinct from nullif(d.linked_user_id, c.owner_id)
                              and not contact_sync_asks_consent(d.linked_user_id)
                         then false
                         else c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)
                       end
             end);
    exit when pg_catalog.cardinality(v_keys) = 0;
    v_keys := array(select pg_catalog.unnest(v_keys)
                    except
                    select q.phone_key from contact_sync_pending_links q where q.phone_key = any (v_keys));
    exit when pg_catalog.cardinality(v_keys) = 0;
  end loop;
  if pg_catalog.cardinality(v_keys) > 0 then
    return query
      select 'LINKS_STALE', 'warning', pg_catalog.format('%I.phones', v_schema),
             pg_catalog.format('of a sample, contacts with %s numbers are not linked as it says, or were forgotten, and no linker knows: rows were written by hand, or restored',
                               pg_catalog.cardinality(v_keys)),
             pg_catalog.format('select %I.relink_phones();', v_schema), true;
  end if;

  v_is_sealed := (select s.is_sealed from contact_sync_seal s);
  if not v_is_sealed then
    return query
      select 'UNSEALED', 'note', 'schema ' || pg_catalog.quote_ident(v_schema),
             'recorded as unsealed: whoever gets a dump has every number'::text,
             'There is no way back in place: docs/security.md.'::text, false;
  elsif v_is_sealed is null
        and (   exists (select 1 from phones limit 1)
             or exists (select 1 from contacts_with_accounts limit 1)) then
    return query
      select 'SEAL_NOT_RECORDED', 'warning', 'schema ' || pg_catalog.quote_ident(v_schema),
             'it holds numbers that came from SQL, unsealed, and nobody recorded that; a key will be refused'::text,
             pg_catalog.format('Record it: select %I.use_unsealed(); or start with an empty schema for a sealed one.', v_schema), false;
  end if;

  return query
    select s.code, 'note', 'database ' || pg_catalog.quote_ident(pg_catalog.current_database()::text), s.problem, s.cure, false
      from (values
        ('IDLE_TRANSACTIONS',
         pg_catalog.current_setting('idle_in_transaction_session_timeout') = '0',
         'a transaction that an app leaves open is never ended, and its owner''s links and vacuum wait for it',
         pg_catalog.format('alter database %I set idle_in_transaction_session_timeout = ''5min'';', pg_catalog.current_database())),
        ('JIT',
         pg_catalog.pg_jit_available() and pg_catalog.current_setting('jit') = 'on',
         'jit is on: our functions turn it off for themselves; for short statements of your own it costs more than it gives',
         pg_catalog.format('alter database %I set jit = off;', pg_catalog.current_database())),
        ('TIME_ZONE',
         pg_catalog.current_setting('TimeZone') not in ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'UCT', 'Etc/UCT', 'Zulu', 'Etc/Zulu', 'Universal', 'Etc/Universal'),
         pg_catalog.format('the time zone is %s: the days of the statistics are UTC days all the same, and times in your own SQL need their offset', pg_catalog.current_setting('TimeZone')),
         'Nothing has to be done.')) as s (code, is_so, problem, cure)
     where s.is_so;
end
$$;


-- The number of the key that the database is sealed with: what a row that says
-- nothing else of its key is taken to be of.
create function contact_sync_key_number()
returns smallint
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce((select s.key_number from contact_sync_seal s), 0::smallint);
end
$$;


-- The directory: which user verified which number. A row is entered by
-- link_phones() and leaves by unlink_phones() or erase_user(), which also
-- enqueue the number for the linker; a row written by hand would not be.
--
-- A number that was forgotten (forget_phone()) stands here without a user: it is in
-- nobody's book, and no sync stores it, until somebody verifies it or it is lifted.
create table phones (
  phone_key      uuid        not null,
  linked_user_id uuid,                 -- NULL: forgotten, by whoever has the number
  verified_at    timestamptz not null, -- or when it was forgotten

  -- Nobody is to be told that they joined: contacts are linked all the same.
  is_silent      boolean     not null default false,

  -- Which key it is sealed with (contact_sync_seal.key_number). While that is being
  -- changed, each number stands here twice; to a book of the one key, rows of the
  -- other say nothing.
  key_number     smallint    not null default contact_sync_key_number(),

  constraint phones_pkey primary key (phone_key)
);

-- For "which numbers does this user have", which erasure asks.
create index phones_linked_user_id_idx on phones (linked_user_id);

-- "Is there any?", which spares most syncs the question who.
create index phones_silent_idx on phones (phone_key) where is_silent;

-- "Is any forgotten?", which spares most syncs the question which; and their age,
-- for retention.
create index phones_forgotten_idx on phones (verified_at) where linked_user_id is null;

alter table phones enable row level security;


-- The linker's queue: numbers whose directory entry changed and whose contacts
-- may not say so yet. A change enqueues its number in its own transaction; the
-- linker deletes only entries it has seen before it looked at the directory,
-- so a change that comes meanwhile is never lost.
create table contact_sync_pending_links (
  entry_id       bigint      not null generated always as identity,
  phone_key      uuid        not null,

  -- Only this owner's contact is concerned: whether they may find the user has
  -- changed, and not whose the number is. NULL: all who hold the number. A return of
  -- one owner's takes a link that was given as well: who hides loses those for good.
  owner_id       uuid,
  enqueued_at    timestamptz not null default now(),

  -- The number left the directory or went to somebody else, and came back before
  -- the linker had been round. Whoever read meanwhile saw no link: so the linker
  -- first takes it off all who hold the number, as if it were gone, and then
  -- begins anew with an entry of the ordinary kind. It counts as one change and
  -- another, and whoever follows is told of both.
  is_return      boolean     not null default false,

  -- NULL until the linker has looked at all contacts with the number once. Then
  -- the transactions that may have read the directory before the change and not
  -- written yet: the entry is finished by a look made after all of them have
  -- ended, and has nobody to wait for ('{}') from then on. A transaction that looked
  -- before it had committed its own change leaves its id here, negative: that look
  -- does not count.
  fence_holders  bigint[],

  -- What the last look found and could not be changed at once: owners whose
  -- turn comes, and how many of them, from the first, have had it. One who is
  -- erased meanwhile leaves with the list.
  owner_ids      uuid[],
  owners_tried   integer     not null default 0,

  -- Those who were locked by somebody else when their turn came, since when,
  -- and the transactions that locked them, where those are known: they are tried
  -- again when one of these has ended, or at a time.
  late_owner_ids uuid[],
  late_since     timestamptz,
  blockers       bigint[],
  retry_at       timestamptz,

  constraint contact_sync_pending_links_pkey primary key (entry_id)
) with (
  -- Entries come and go by the hundred thousand: cleared away soon, and at once.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold    = 1000,
  autovacuum_vacuum_cost_delay   = 0
);

-- Random, so an attempt to compress them is in vain.
alter table contact_sync_pending_links alter column owner_ids set storage external;

create index contact_sync_pending_links_phone_key_idx on contact_sync_pending_links (phone_key);

-- For "who is in the linker's way", which monitoring asks.
create index contact_sync_pending_links_late_since_idx
  on contact_sync_pending_links (late_since)
  where late_since is not null;

alter table contact_sync_pending_links enable row level security;


-- What the linker has to look for before it knows the numbers: a change of which
-- only the person is known. contact_sync_expand_books() turns an entry into ones of
-- contact_sync_pending_links, once at once, and once more when those have ended who
-- were behind the fence then: a contact that somebody was just writing was not there
-- to be seen.
create table contact_sync_pending_books (
  entry_id      bigint      not null generated always as identity,

  -- Whose book: whom its owner may find has changed, since their own number came or
  -- went, or they are held no more. NULL with are_given: of all.
  person_id     uuid,

  -- Not the person's book, but the links that were given to them in any.
  are_given     boolean     not null default false,

  -- There was such a change before that the linker had not seen: whoever read
  -- meanwhile may have seen a link gone that is stored all the time
  -- (contact_sync_pending_links.is_return).
  is_return     boolean     not null default false,
  enqueued_at   timestamptz not null default now(),
  fence_holders bigint[],

  constraint contact_sync_pending_books_pkey primary key (entry_id),
  constraint contact_sync_pending_books_has_person check (person_id is not null or are_given)
) with (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold    = 1000,
  autovacuum_vacuum_cost_delay   = 0
);

create index contact_sync_pending_books_person_id_idx on contact_sync_pending_books (person_id);

alter table contact_sync_pending_books enable row level security;


-- Where the linker's queue begins. While an old snapshot keeps vacuum from the
-- entries that are done with, whoever reads the queue from its first entry walks
-- over all of those; hundreds of thousands take longer than the work. One row.
--
-- It is a hint: an entry with a lower id may still come, of a transaction that
-- takes long to commit. So the linker reads from the very beginning once a
-- minute; whoever asks for a number (a sync, link()) never relies on it.
create table contact_sync_linker (
  only_row       boolean     not null default true,
  first_entry_id bigint      not null default 0,
  walked_at      timestamptz not null default '-infinity', -- from the beginning

  constraint contact_sync_linker_pkey primary key (only_row),
  constraint contact_sync_linker_has_one_row check (only_row)
);

insert into contact_sync_linker default values;

alter table contact_sync_linker enable row level security;


insert into contact_sync_migrations (name, run_on) values ('012_create_phones', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
