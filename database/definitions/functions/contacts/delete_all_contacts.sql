-- Empties an owner's book and returns how many contacts it held. Numbers the
-- owner verified stay in the directory.
-- For the owner and service_role.
create function delete_all_contacts(p_owner_id uuid)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_deleted    integer;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_delete_all_contacts(p_owner_id);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_choose_place(p_owner_id);
  select s.deleted into v_deleted from contact_sync_delete_keys(p_owner_id, null::uuid[], v_key_number) as s (deleted);
  return v_deleted;
end
$$;
