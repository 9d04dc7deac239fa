-- Refuses before anything is changed when the schema already holds an object
-- that bears one of our names and is not ours. The first migration starts with
-- it, and the migration runner asks it before it creates its own table.
do $guard$
declare
  v_taken text;
begin
  select string_agg(format('%s %I.%I', found.kind, current_schema(), found.name), ', ' order by found.name)
    into v_taken
    from (
      select 'relation' as kind, c.relname as name
        from pg_catalog.pg_class c
       where c.relnamespace = quote_ident(current_schema())::regnamespace
         and c.relkind <> 'c' -- composite types: below
         and c.relname in (
           'phones', 'contact_sync_pending_links',
           'contacts_with_accounts', 'contact_sync_status', 'contact_sync_runs',
           'contact_sync_daily_totals', 'contact_sync_staged_keys', 'contact_sync_seal',
           'contact_sync_answers',
           'contact_sync_stats', 'contact_sync_confirmed_contacts',
           -- indexes and sequences
           'phones_pkey', 'phones_linked_user_id_idx',
           'contact_sync_pending_links_pkey', 'contact_sync_pending_links_phone_key_idx',
           'contact_sync_pending_links_entry_id_seq',
           'contacts_with_accounts_pkey', 'contacts_with_accounts_phone_key_idx',
           'contacts_with_accounts_link_given_idx',
           'contact_sync_status_pkey',
           'contact_sync_runs_pkey', 'contact_sync_runs_started_at_idx', 'contact_sync_runs_run_id_seq',
           'contact_sync_daily_totals_pkey', 'contact_sync_staged_keys_pkey', 'contact_sync_seal_pkey',
           'contact_sync_answers_pkey', 'contact_sync_answers_created_at_idx')
      union all
      -- A table or a view is a type of its name as well.
      select 'type', t.typname
        from pg_catalog.pg_type t
        left join pg_catalog.pg_class c on c.oid = t.typrelid
       where t.typnamespace = quote_ident(current_schema())::regnamespace
         and (c.oid is null or c.relkind = 'c')
         and t.typname in (
           'contact_batch_item', 'contact_sync_target', 'contact_sync_result', 'contact_sync_contact',
           'phones', 'contact_sync_pending_links',
           'contacts_with_accounts', 'contact_sync_status', 'contact_sync_runs',
           'contact_sync_daily_totals', 'contact_sync_staged_keys', 'contact_sync_seal',
           'contact_sync_answers',
           'contact_sync_stats', 'contact_sync_confirmed_contacts')
      union all
      select distinct 'function', p.proname
        from pg_catalog.pg_proc p
       where p.pronamespace = quote_ident(current_schema())::regnamespace
         and (   p.proname like 'contact\_sync\_%'
              or p.proname in (
                'bulk_insert_contacts', 'sync_user_contacts', 'sync_phone_keys',
                'sync_phone_keys_chunk', 'finish_sync_stream', 'record_failed_sync',
                'get_optimal_batch_size', 'estimate_sync_performance',
                'get_sync_statistics', 'get_sync_status', 'fold_sync_runs',
                'link_phone', 'link_phones', 'unlink_phone', 'unlink_phones',
                'link_pending_phones', 'erase_user',
                'list_contacts', 'find_contact', 'summarize_contacts',
                'set_contact_favorite', 'record_contact_interaction',
                'delete_contacts', 'delete_all_contacts'
              ))
    ) as found;

  if v_taken is not null then
    raise exception using
      errcode = 'YC010',
      message = format('NAME_TAKEN: schema %I already holds objects with names that contact-sync needs: %s',
                       current_schema(), v_taken),
      hint = 'Nothing was changed. Install contact-sync into a schema of its own, or rename those objects.';
  end if;
end
$guard$;
