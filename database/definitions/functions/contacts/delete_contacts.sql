-- Deletes some contacts of an owner and returns how many there were.
-- At most 10,000 a call.
-- For the owner and service_role.
create function delete_contacts(p_owner_id uuid, p_phone_keys uuid[])
returns integer
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_delete_contacts(p_owner_id, p_phone_keys);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');

  perform contact_sync_lock_owners(array[p_owner_id]);
  return contact_sync_remove_contacts(p_owner_id, p_phone_keys, false);
end
$$;
