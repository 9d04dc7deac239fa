-- sync_device_delta() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_sync_device_delta(
  p_owner_id        uuid,
  p_device_id       text,
  p_sync_mark       uuid,
  p_added           text[],
  p_removed         text[],
  p_changes_cursor  text,
  p_confirm_removal boolean)
returns contact_sync_delta_result
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  perform contact_sync_require_unsealed();
  return sync_device_delta(
    p_owner_id, p_device_id, p_sync_mark, p_added, p_removed, p_changes_cursor, p_confirm_removal);
end
$$;
