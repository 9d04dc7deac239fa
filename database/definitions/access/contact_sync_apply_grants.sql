-- Decides who may do what, by name, whatever default privileges the database
-- has (Supabase's grant everything in public to anon and authenticated).
-- Every migration ends with it; run it again after creating one of the roles.
--
-- service_role may do all. authenticated may read and mark its own contacts
-- through functions that check the caller, and sees its own rows in the table
-- but for the link, which only the functions confirm. Nobody else gets anything.
create function contact_sync_apply_grants()
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_has_service       constant boolean := to_regrole('service_role') is not null;
  v_has_authenticated constant boolean := to_regrole('authenticated') is not null;
  v_object record;
  v_role   text;
begin
  for v_object in
    select case when c.relkind = 'S' then 'sequence' else 'table' end as kind,
           c.oid::regclass::text as name,
           c.relkind in ('r', 'p') and c.relname <> 'contact_sync_migrations' as is_table_of_ours,
           false as is_for_users
      from pg_catalog.pg_class c
     where c.relnamespace = quote_ident(current_schema())::regnamespace
       and c.relkind in ('r', 'p', 'v', 'S')
       and c.relname in (
         'phones', 'contact_sync_pending_links',
         'contacts_with_accounts', 'contact_sync_status', 'contact_sync_runs',
         'contact_sync_daily_totals', 'contact_sync_staged_keys', 'contact_sync_seal',
         'contact_sync_answers',
         'contact_sync_stats', 'contact_sync_confirmed_contacts',
         'contact_sync_pending_links_entry_id_seq', 'contact_sync_runs_run_id_seq',
         'contact_sync_migrations', 'contact_sync_migrations_id_seq')
    union all
    select 'function',
           p.oid::regprocedure::text,
           false,
           -- each of these checks for whom it is called, or tells nothing about anybody
           p.proname in (
             'sync_user_contacts', 'get_optimal_batch_size', 'estimate_sync_performance',
             'get_sync_status', 'list_contacts', 'find_contact', 'summarize_contacts',
             'set_contact_favorite', 'record_contact_interaction',
             'delete_contacts', 'delete_all_contacts',
             'contact_sync_subject')
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
              'delete_contacts', 'delete_all_contacts'))
  loop
    execute format('revoke all on %s %s from public', v_object.kind, v_object.name);
    foreach v_role in array array['anon', 'authenticated', 'service_role'] loop
      if to_regrole(v_role) is not null then
        execute format('revoke all on %s %s from %I', v_object.kind, v_object.name, v_role);
      end if;
    end loop;

    if v_has_service then
      execute format('grant all on %s %s to service_role', v_object.kind, v_object.name);
    end if;
    if v_has_service and v_object.is_table_of_ours then
      execute format('drop policy if exists contact_sync_service on %s', v_object.name);
      execute format('create policy contact_sync_service on %s to service_role using (true) with check (true)',
                     v_object.name);
    end if;
    if v_has_authenticated and v_object.is_for_users then
      execute format('grant execute on function %s to authenticated', v_object.name);
    end if;
  end loop;

  -- the migration runner's table: its owner needs no policy
  if to_regclass('contact_sync_migrations') is not null then
    alter table contact_sync_migrations enable row level security;
  end if;

  if v_has_authenticated
     and to_regclass('contacts_with_accounts') is not null
     and to_regprocedure('contact_sync_subject()') is not null then
    drop policy if exists contact_sync_own on contacts_with_accounts;
    create policy contact_sync_own on contacts_with_accounts
      for select to authenticated
      using (owner_id = (select contact_sync_subject()));
    grant select (owner_id, phone_key, is_favorite, last_interaction, created_at, updated_at)
      on contacts_with_accounts to authenticated;
  end if;
end
$$;
