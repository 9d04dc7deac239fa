-- record_contact_interaction() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_record_contact_interaction(
  p_owner_id  uuid,
  p_phone_key uuid,
  p_at        timestamptz)
returns contact_sync_contact
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return record_contact_interaction(p_owner_id, p_phone_key, p_at);
end
$$;
