-- set_contact_favorite() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_set_contact_favorite(
  p_owner_id    uuid,
  p_phone_key   uuid,
  p_is_favorite boolean)
returns contact_sync_contact
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return set_contact_favorite(p_owner_id, p_phone_key, p_is_favorite);
end
$$;
