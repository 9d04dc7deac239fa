-- Deletes some contacts of an owner and returns how many there were.
-- At most 10,000 a call.
-- For the owner and service_role.
create function delete_contacts(p_owner_id uuid, p_phone_keys uuid[])
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
    return contact_sync_own_delete_contacts(p_owner_id, p_phone_keys);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');

  perform contact_sync_choose_place(p_owner_id);
  select s.deleted into v_deleted from contact_sync_delete_keys(p_owner_id, p_phone_keys, v_key_number) as s (deleted);
  return v_deleted;
end
$$;
