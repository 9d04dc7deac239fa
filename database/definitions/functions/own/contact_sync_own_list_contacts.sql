-- list_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_contacts(
  p_owner_id         uuid,
  p_limit            integer,
  p_after_phone_key uuid,
  p_linked_only      boolean,
  p_favorites_only   boolean)
returns setof contact_sync_contact
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return query select o.* from list_contacts(p_owner_id, p_limit, p_after_phone_key, p_linked_only, p_favorites_only) as o;
end
$$;
