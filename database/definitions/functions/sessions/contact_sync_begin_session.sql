-- Begins a sync of a device that comes in parts and takes effect all at once, and
-- returns its id. A session of the same device that was not committed is dropped,
-- and so is the oldest where the owner has four. For service_role.
create function contact_sync_begin_session(
  p_owner_id              uuid,
  p_device_id             text,
  p_mode                  text,
  p_device_contacts_count integer)
returns uuid
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_session_id uuid;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_device_id(p_device_id);
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_check_device_count(p_device_contacts_count);

  perform contact_sync_choose_place(p_owner_id);
  select s.id
    into v_session_id
    from contact_sync_open_session(p_owner_id, p_device_id, p_mode, p_device_contacts_count, v_key_number) as s (id);
  return v_session_id;
end
$$;
