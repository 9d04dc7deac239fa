-- sync_user_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_sync_user_contacts(
  p_owner_id              uuid,
  p_phone_hashes          text[],
  p_device_contacts_count integer,
  p_batch_size            integer)
returns contact_sync_result
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  perform contact_sync_require_unsealed();
  return sync_user_contacts(p_owner_id, p_phone_hashes, p_device_contacts_count, p_batch_size);
end
$$;
