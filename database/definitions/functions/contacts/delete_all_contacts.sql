-- Empties an owner's book and returns how many contacts it held. Numbers the
-- owner verified stay in the directory.
-- For the owner and service_role.
create function delete_all_contacts(p_owner_id uuid)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_delete_all_contacts(p_owner_id);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_lock_owners(array[p_owner_id]);
  return contact_sync_remove_contacts(p_owner_id, null::uuid[], false);
end
$$;
