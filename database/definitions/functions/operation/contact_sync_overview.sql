-- Today, since midnight UTC, and how things stand now, as the operator's page is told
-- (OperationOverview of the wire types, without the version). For service_role.
create function contact_sync_overview()
returns jsonb
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  c_counted constant bigint := 4194304;
  v_storage jsonb;
  v_linked  bigint;
begin
  v_storage := (
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
             'table', t.table_name, 'rows_estimate', t.rows_estimate, 'bytes', t.bytes)
             order by t.bytes desc, t.table_name)
      from list_stored_tables() as t);
  v_linked :=
    case
      when (select m.bytes from contact_sync_measure_relations(array['contacts_with_accounts'::regclass::oid]) as m) <= c_counted
      then (select count(*) from contacts_with_accounts c where c.linked_user_id is not null)
      else contact_sync_estimate_rows('contacts_with_accounts_linked_idx'::regclass)
    end;
  return pg_catalog.jsonb_build_object(
    'at', clock_timestamp(),
    'today', (
      select pg_catalog.to_jsonb(h)
             - '{sync_date,directory_numbers,contacts,stored_rows,stored_bytes,changes_linked,link_lag_p95_seconds}'::text[]
        from get_operation_history(1) as h),
    'directory', (
      select pg_catalog.to_jsonb(d)
        from contact_sync_directory_state() as d),
    'books', pg_catalog.jsonb_build_object(
      'owners', (
        select t.item -> 'rows_estimate'::text
          from pg_catalog.jsonb_array_elements(v_storage) as t (item)
         where t.item ->> 'table'::text = 'contact_sync_status'),
      'contacts', (
        select t.item -> 'rows_estimate'::text
          from pg_catalog.jsonb_array_elements(v_storage) as t (item)
         where t.item ->> 'table'::text = 'contacts_with_accounts'),
      'linked_contacts', v_linked),
    'links', (
      select pg_catalog.jsonb_build_object(
               'waiting', q.waiting, 'lag_seconds', q.lag_seconds, 'owners_in_the_way', q.owners_in_the_way)
        from contact_sync_queue_state() as q),
    'storage', v_storage,
    'webhooks', (
      select pg_catalog.jsonb_build_object(
               'on', contact_sync_has_outbox(), 'waiting', o.waiting,
               'oldest_seconds', o.oldest_seconds, 'failed', o.set_aside)
        from contact_sync_outbox_state() as o),
    'suspects', (
      select pg_catalog.jsonb_build_object('seen', s.suspects, 'held', s.held_owners)
        from contact_sync_suspect_state() as s));
end
$$;
