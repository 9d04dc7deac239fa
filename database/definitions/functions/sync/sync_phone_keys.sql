-- Syncs an address book given as phone keys; sync_user_contacts() and the
-- library stand on it.
--
-- p_mode 'merge' adds what is new and keeps everything else. 'replace' takes
-- the numbers for the whole book and removes the contacts that are missing; if
-- that were more than half of what is stored, it refuses unless
-- p_confirm_removal is true. p_device_contacts_count is what the device holds
-- in all, for the statistics; it is not compared with the array. Numbers that
-- are new to the owner are charged to their budget, unless p_budget is false;
-- beyond it the call is refused and nothing is changed.
--
-- All or nothing, and safe to repeat. Syncs of one owner follow one another.
-- For service_role.
create function sync_phone_keys(
  p_owner_id              uuid,
  p_phone_keys            uuid[],
  p_device_contacts_count integer,
  p_batch_size            integer default 500,
  p_mode                  text    default 'merge',
  p_confirm_removal       boolean default false,
  p_budget                boolean default true)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp();
  v_wanted     uuid[];
  v_removed    integer := 0;
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_check_device_count(p_device_contacts_count);
  v_wanted := contact_sync_distinct_keys(p_phone_keys);

  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  -- First remove, so that a full book can be replaced by another full one.
  if p_mode = 'replace' then
    v_removed := contact_sync_remove_missing(p_owner_id, v_wanted, p_confirm_removal, null::uuid);
  end if;
  v_result := contact_sync_merge(p_owner_id, v_wanted, p_batch_size, p_budget, null::uuid);

  v_result.contacts_removed := v_removed;
  v_result.duplicates := pg_catalog.cardinality(p_phone_keys) - pg_catalog.cardinality(v_wanted);
  v_result.batch_size := p_batch_size;
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(p_owner_id, v_started_at, p_mode, p_device_contacts_count, v_result);
  return v_result;
end
$$;
