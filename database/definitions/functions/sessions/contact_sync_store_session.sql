-- The work of contact_sync_commit_session(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_store_session(
  p_owner_id        uuid,
  p_session_id      uuid,
  p_version         bigint,
  p_batch_size      integer,
  p_confirm_removal boolean,
  p_budget          boolean,
  p_signs           jsonb,
  p_key_number      text)
returns contact_sync_result
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
  v_started_at constant timestamptz := clock_timestamp();
  v_device_id  text;
  v_mode       text;
  v_count      integer;
  v_version    bigint;
  v_received   integer;
  v_wanted     uuid[];
  v_result     contact_sync_result;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);
  select e.device_id, e.sync_mode, e.device_contacts_count, e.version
    into v_device_id, v_mode, v_count, v_version
    from contact_sync_sessions e
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id
     for update;
  if not found then
    perform contact_sync_session_missing();
  end if;
  if v_version <> p_version then
    raise exception using
      errcode = 'YC033',
      message = 'SESSION_CHANGED: parts were staged while the session was being committed',
      hint = 'Nothing was changed. Commit again when all parts are staged.';
  end if;
  v_wanted := array(select distinct u.phone_key
                      from contact_sync_session_parts p
                     cross join lateral pg_catalog.unnest(p.phone_keys) as u (phone_key)
                     where p.owner_id = p_owner_id
                       and p.session_id = p_session_id
                     order by 1);
  select coalesce(sum(p.part_size), 0)
    into v_received
    from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;

  v_result := contact_sync_apply(
    p_owner_id, v_wanted, p_batch_size, v_mode, p_confirm_removal, p_budget, v_device_id, p_signs);
  perform contact_sync_end_session(p_owner_id, p_session_id);

  v_result.duplicates := v_received - pg_catalog.cardinality(v_wanted);
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(p_owner_id, v_started_at, v_mode, v_count, v_result);
  return v_result;
end
$$;
