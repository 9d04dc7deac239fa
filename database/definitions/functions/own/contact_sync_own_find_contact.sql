-- find_contact() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_find_contact(
  p_owner_id uuid,
  p_phone_key uuid)
returns setof contact_sync_contact
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return query select o.* from find_contact(p_owner_id, p_phone_key) as o;
end
$$;
