-- delete_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_delete_contacts(
  p_owner_id uuid,
  p_phone_keys uuid[])
returns integer
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return delete_contacts(p_owner_id, p_phone_keys);
end
$$;
