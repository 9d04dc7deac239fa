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
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_removed    integer;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_forget_sync_device(p_owner_id, p_device_id);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_device_id is not null, 'p_device_id');

  perform contact_sync_choose_place(p_owner_id);
  select s.removed into v_removed from contact_sync_drop_device(p_owner_id, p_device_id, v_key_number) as s (removed);
  return v_removed;
end
$$;
