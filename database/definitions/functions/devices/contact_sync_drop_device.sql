-- The work of forget_sync_device(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_drop_device(
  p_owner_id   uuid,
  p_device_id  text,
  p_key_number text)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_slot      smallint;
  v_ended_ids uuid[];
  v_removed   integer;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_lock_owners(array[p_owner_id]);
  select d.slot
    into v_slot
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  if not found then
    perform contact_sync_drop_new_owner(p_owner_id);
    return null;
  end if;
  v_ended_ids := array(
    select e.session_id
      from contact_sync_sessions e
     where e.owner_id = p_owner_id
       and e.device_id = p_device_id);
  perform contact_sync_end_session(p_owner_id, e.session_id)
     from pg_catalog.unnest(v_ended_ids) as e (session_id);
  v_removed := contact_sync_clear_slot(p_owner_id, v_slot);
  delete from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  return v_removed;
end
$$;
