-- Forgets a device with its set and a session of it that was not committed: contacts that nothing else holds leave the book.
-- Returns how many those were; NULL when the owner has no such device.
-- For the owner and service_role.
create function forget_sync_device(p_owner_id uuid, p_device_id text)
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
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_forget_sync_device(p_owner_id, p_device_id);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_device_id is not null, 'p_device_id');

  perform contact_sync_lock_owners(array[p_owner_id]);
  select d.slot
    into v_slot
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  if not found then
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
