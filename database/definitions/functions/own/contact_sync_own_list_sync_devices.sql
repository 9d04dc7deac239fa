-- list_sync_devices() for a signed-in user, of their own devices alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_sync_devices(
  p_owner_id uuid,
  out device_id      text,
  out created_at     timestamptz,
  out last_seen_at   timestamptz,
  out contacts_count integer)
returns setof record
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return query select d.* from list_sync_devices(p_owner_id) as d;
end
$$;
