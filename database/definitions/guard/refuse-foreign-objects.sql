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
      ('table', 'phones'),
      ('index', 'phones_pkey'),
      ('index', 'phones_linked_user_id_idx'),
      ('table', 'contact_sync_pending_links'),
      ('sequence', 'contact_sync_pending_links_entry_id_seq'),
      ('index', 'contact_sync_pending_links_pkey'),
      ('index', 'contact_sync_pending_links_phone_key_idx'),
      ('index', 'contact_sync_pending_links_late_since_idx'),
      ('table', 'contact_sync_linker'),
      ('index', 'contact_sync_linker_pkey'),
      ('table', 'contacts_with_accounts'),
      ('index', 'contacts_with_accounts_pkey'),
      ('table', 'contact_sync_status'),
      ('index', 'contact_sync_status_pkey'),
      ('table', 'contact_sync_runs'),
      ('sequence', 'contact_sync_runs_run_id_seq'),
      ('index', 'contact_sync_runs_pkey'),
      ('index', 'contact_sync_runs_started_at_idx'),
      ('table', 'contact_sync_daily_totals'),
      ('index', 'contact_sync_daily_totals_pkey'),
      ('table', 'contact_sync_streams'),
      ('index', 'contact_sync_streams_pkey'),
      ('table', 'contact_sync_staged_keys'),
      ('index', 'contact_sync_staged_keys_pkey'),
      ('table', 'contact_sync_seal'),
      ('index', 'contact_sync_seal_pkey'),
      ('table', 'contact_sync_erasures'),
      ('index', 'contact_sync_erasures_pkey'),
      ('index', 'contact_sync_erasures_unsettled_idx'),
      ('table', 'contact_sync_renewed_links'),
      ('index', 'contact_sync_renewed_links_pkey'),
      ('table', 'contact_sync_settings'),
      ('index', 'contact_sync_settings_pkey'),
      ('type', 'contact_batch_item'),
      ('type', 'contact_sync_target'),
      ('type', 'contact_sync_result'),
      ('index', 'contacts_with_accounts_phone_key_idx'),
      ('index', 'contacts_with_accounts_linked_idx'),
      ('index', 'contacts_with_accounts_favorite_idx'),
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
      ('function', 'contact_sync_enter_fence'),
      ('function', 'contact_sync_running_transactions'),
      ('function', 'contact_sync_lock_owners'),
      ('function', 'contact_sync_is_erased_link'),
      ('function', 'contact_sync_count_stored'),
      ('function', 'contact_sync_record_seal'),
      ('function', 'use_unsealed'),
      ('function', 'contact_sync_verify_key'),
      ('function', 'contact_sync_hold_seal'),
      ('function', 'contact_sync_new_number_budget'),
      ('function', 'set_new_number_budget'),
      ('function', 'contact_sync_spend_budget'),
      ('function', 'contact_sync_merge'),
      ('function', 'contact_sync_guard_removal'),
      ('function', 'contact_sync_remove_missing'),
      ('function', 'contact_sync_stage_keys'),
      ('function', 'contact_sync_drop_streams'),
      ('function', 'contact_sync_add_rest'),
      ('function', 'contact_sync_record_run'),
      ('function', 'sync_phone_keys'),
      ('function', 'contact_sync_stream_chunk'),
      ('function', 'contact_sync_finish_stream'),
      ('function', 'contact_sync_record_failure'),
      ('function', 'sync_user_contacts'),
      ('function', 'contact_sync_own_sync_user_contacts'),
      ('function', 'bulk_insert_contacts'),
      ('function', 'get_optimal_batch_size'),
      ('function', 'estimate_sync_performance'),
      ('function', 'contact_sync_daily_statistics'),
      ('view', 'contact_sync_stats'),
      ('function', 'get_sync_statistics'),
      ('function', 'contact_sync_fold'),
      ('function', 'clean_up_contact_sync'),
      ('function', 'contact_sync_fence_holders'),
      ('function', 'contact_sync_is_in_progress'),
      ('function', 'contact_sync_try_lock_owners'),
      ('function', 'link_phones'),
      ('function', 'link_phone'),
      ('function', 'unlink_phones'),
      ('function', 'unlink_phone'),
      ('function', 'contact_sync_queue_start'),
      ('function', 'contact_sync_newest_entry'),
      ('function', 'contact_sync_note_queue_start'),
      ('function', 'contact_sync_stale_contacts'),
      ('function', 'contact_sync_settle_erasures'),
      ('function', 'contact_sync_link_pass'),
      ('function', 'link_pending_phones'),
      ('function', 'contact_sync_await_fence'),
      ('function', 'contact_sync_enqueue_unlinked'),
      ('function', 'contact_sync_enqueue_unconfirmed'),
      ('function', 'relink_phones'),
      ('function', 'contact_sync_erase_user'),
      ('function', 'erase_user'),
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
      ('function', 'set_contact_favorite'),
      ('function', 'contact_sync_own_set_contact_favorite'),
      ('function', 'record_contact_interaction'),
      ('function', 'contact_sync_own_record_contact_interaction'),
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
      ('table', 'contact_sync_outbox'),
      ('index', 'contact_sync_outbox_pkey'),
      ('index', 'contact_sync_outbox_due_at_idx'),
      ('index', 'contact_sync_outbox_changed_at_idx'),
      ('function', 'contact_sync_has_outbox'),
      ('function', 'set_webhooks'),
      ('function', 'contact_sync_announce'),
      ('function', 'contact_sync_forget_messages'),
      ('function', 'contact_sync_delivery_delay'),
      ('function', 'contact_sync_take_due_messages'),
      ('function', 'contact_sync_claim_message'),
      ('function', 'contact_sync_end_attempt'),
      ('function', 'contact_sync_outbox_state'),
      ('function', 'list_webhook_messages'),
      ('function', 'replay_webhook_messages')
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
