-- The work of sync_phone_keys(), which has checked all but the keys
-- (contact_sync_choose_place()).
create function contact_sync_sync_keys(
  p_owner_id              uuid,
  p_phone_keys            uuid[],
  p_device_contacts_count integer,
  p_batch_size            integer,
  p_mode                  text,
  p_confirm_removal       boolean,
  p_budget                boolean,
  p_device_id             text,
  p_signs                 jsonb,
  p_key_number            text)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp();
  v_wanted     constant uuid[] := contact_sync_distinct_keys(p_phone_keys);
  v_result     contact_sync_result;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  v_result := contact_sync_apply(
    p_owner_id, v_wanted, p_batch_size, p_mode, p_confirm_removal, p_budget, p_device_id, p_signs);

  v_result.duplicates := pg_catalog.cardinality(p_phone_keys) - pg_catalog.cardinality(v_wanted);
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(p_owner_id, v_started_at, p_mode, p_device_contacts_count, v_result);
  return v_result;
end
$$;
