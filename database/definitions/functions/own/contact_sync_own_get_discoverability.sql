-- get_discoverability() for a signed-in user, of themselves alone.
-- For every signed-in user and service_role.
create function contact_sync_own_get_discoverability(
  p_user_id uuid,
  out discoverable text,
  out is_default   boolean)
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  select g.discoverable, g.is_default into discoverable, is_default
    from get_discoverability(p_user_id) as g;
end
$$;
