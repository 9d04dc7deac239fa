-- The work of contact_sync_stream_chunk(), which has checked all but the keys
-- (contact_sync_choose_place()).
create function contact_sync_store_chunk(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[],
  p_batch_size integer,
  p_stage      boolean,
  p_budget     boolean,
  p_signs      jsonb,
  p_key_number text)
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

  if p_stage then
    perform contact_sync_stage_keys(p_owner_id, p_stream_id, v_wanted);
  end if;
  v_result := contact_sync_merge(
    p_owner_id, v_wanted, p_batch_size, p_budget, case when p_stage then p_stream_id end, 1::smallint,
    p_signs - 'rejected'::text);

  v_result.duplicates := pg_catalog.cardinality(p_phone_keys) - pg_catalog.cardinality(v_wanted);
  v_result.batch_size := p_batch_size;
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  return v_result;
end
$$;
