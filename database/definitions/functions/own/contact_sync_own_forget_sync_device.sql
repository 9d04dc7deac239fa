-- forget_sync_device() for a signed-in user, of their own devices alone.
-- For every signed-in user and service_role.
create function contact_sync_own_forget_sync_device(p_owner_id uuid, p_device_id text)
returns integer
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return forget_sync_device(p_owner_id, p_device_id);
end
$$;
