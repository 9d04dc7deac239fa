-- 012_create_phones.sql
-- The directory: which user verified which number, and the linker's queue.
--
-- Composed from database/definitions (npm run compose): change it there.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

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


-- The directory: which user verified which number. A row is entered by
-- link_phones() and leaves by unlink_phones() or erase_user(), which also
-- enqueue the number for the linker; a row written by hand would not be.
create table phones (
  phone_key      uuid        not null,
  linked_user_id uuid        not null,
  verified_at    timestamptz not null,

  constraint phones_pkey primary key (phone_key)
);

-- For "which numbers does this user have", which erasure asks.
create index phones_linked_user_id_idx on phones (linked_user_id);

alter table phones enable row level security;


-- The linker's queue: numbers whose directory entry changed and whose contacts
-- may not say so yet. A change enqueues its number in its own transaction; the
-- linker deletes only entries it has seen before it looked at the directory,
-- so a change that comes meanwhile is never lost.
create table contact_sync_pending_links (
  entry_id      bigint      not null generated always as identity,
  phone_key     uuid        not null,
  enqueued_at   timestamptz not null default now(),

  -- NULL until the linker's first pass. Then the transactions that may have
  -- read the directory before the change and not written yet: the entry is
  -- finished by a pass made after all of them have ended.
  fence_holders text[],

  constraint contact_sync_pending_links_pkey primary key (entry_id)
);

create index contact_sync_pending_links_phone_key_idx on contact_sync_pending_links (phone_key);

alter table contact_sync_pending_links enable row level security;


select contact_sync_apply_grants();
