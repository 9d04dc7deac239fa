-- set_discoverability() for a signed-in user, of themselves alone.
-- For every signed-in user and service_role.
create function contact_sync_own_set_discoverability(p_user_id uuid, p_discoverable text)
returns void
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  perform set_discoverability(p_user_id, p_discoverable);
end
$$;
