-- One user, as the service sees them: what the operator's page is told (UserReport of
-- the wire types). Of somebody who is not known, zeros. Takes no lock. For service_role.
create function contact_sync_user_report(p_user_id uuid)
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
  v_key_number    constant smallint := contact_sync_key_number();
  v_is_known      boolean;
  v_status        jsonb;
  v_summary       jsonb;
  v_devices       jsonb;
  v_budget        jsonb;
  v_discoverable  text;
  v_held_at       timestamptz;
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  -- Each function in a statement of its own: on Citus one beside a table would be asked
  -- where the table lies.
  select true, s.held_at
    into v_is_known, v_held_at
    from contact_sync_status s
   where s.owner_id = p_user_id;
  if v_is_known then
    v_status := (select pg_catalog.to_jsonb(g) from get_sync_status(p_user_id) as g);
  end if;
  v_summary := (select pg_catalog.to_jsonb(g) from summarize_contacts(p_user_id) as g);
  v_devices := (
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(l) order by l.last_seen_at desc, l.device_id), '[]'::jsonb)
      from list_sync_devices(p_user_id) as l);
  v_budget := (
    select pg_catalog.jsonb_build_object(
             'limit', b.budget_limit, 'remaining', b.budget_remaining, 'reset', b.budget_reset)
      from contact_sync_spend_budget(p_user_id, null::integer, 0, null::jsonb) as b
     where b.budget_limit is not null);
  v_discoverable := (select g.discoverable from get_discoverability(p_user_id) as g);
  return pg_catalog.jsonb_build_object(
    'user_id', p_user_id,
    'numbers', (
      select count(*)
        from phones d
       where d.linked_user_id = p_user_id
         and d.key_number = v_key_number),
    'status', v_status,
    'summary', v_summary,
    'devices', v_devices,
    'budget', v_budget,
    'discoverability', v_discoverable,
    'blocked_users', (
      select count(*)
        from contact_sync_blocks b
       where b.user_id = p_user_id),
    'suspicion', (
      select coalesce(max(r.suspicion), 0::smallint)
        from contact_sync_runs r
       where r.owner_id = p_user_id
         and r.started_at > now() - interval '30 days'),
    'held_at', v_held_at,
    'runs', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
               'started_at', r.started_at, 'status', r.sync_status, 'mode', r.sync_mode,
               'contacts', r.synced_contacts_count, 'inserted', r.contacts_inserted,
               'updated', r.contacts_updated, 'removed', r.contacts_removed,
               'matched', r.matched_contacts_count, 'processing_time_ms', r.processing_time_ms,
               'error_code', r.error_code)
               order by r.started_at desc, r.run_id desc), '[]'::jsonb)
        from (select l.*
                from contact_sync_runs l
               where l.owner_id = p_user_id
               order by l.started_at desc, l.run_id desc
               limit 20) as r));
end
$$;
