-- The work of delete_contacts(), and with NULL for the keys of delete_all_contacts(), which
-- have checked their arguments (contact_sync_choose_place()).
create function contact_sync_delete_keys(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  p_key_number text)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_deleted integer;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_lock_owners(array[p_owner_id]);
  v_deleted := contact_sync_remove_contacts(p_owner_id, p_phone_keys, false);
  perform contact_sync_drop_new_owner(p_owner_id);
  return v_deleted;
end
$$;
