-- The work of contact_sync_begin_session(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_open_session(
  p_owner_id              uuid,
  p_device_id             text,
  p_mode                  text,
  p_device_contacts_count integer,
  p_key_number            text)
returns uuid
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
  v_session_id constant uuid := gen_random_uuid();
  v_ended_ids  uuid[];
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_lock_owners(array[p_owner_id]);
  perform contact_sync_drop_sessions(p_owner_id);
  v_ended_ids := array(
    select o.session_id
      from (select e.session_id, e.device_id,
                   row_number() over (order by e.device_id = p_device_id, e.last_part_at desc) as place
              from contact_sync_sessions e
             where e.owner_id = p_owner_id) as o
     where o.device_id = p_device_id
        or o.place >= 4);
  perform contact_sync_end_session(p_owner_id, e.session_id)
     from pg_catalog.unnest(v_ended_ids) as e (session_id);

  insert into contact_sync_sessions (owner_id, session_id, device_id, sync_mode, device_contacts_count, last_part_at)
  values (p_owner_id, v_session_id, p_device_id, p_mode, p_device_contacts_count, clock_timestamp());
  return v_session_id;
end
$$;
