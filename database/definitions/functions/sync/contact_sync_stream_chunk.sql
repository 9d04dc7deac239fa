-- A chunk of a streamed sync, which may be larger than one call: adds what is
-- new and, for a stream that will replace, stages the numbers so that
-- contact_sync_finish_stream() knows what to keep. Leaves no history; the finish does.
-- Of a stream that will replace, new numbers beyond the owner's 1,000,000 are
-- only staged, and counted as inserted: the finish stores them. Each chunk is
-- charged to the owner's budget by itself, unless p_budget is false. p_signs is what
-- it is in sync_phone_keys(), of the chunk, but the finish is told of numbers that
-- could not be read, since a book's share is of all of it.
--
-- All or nothing a chunk; a chunk sent twice does no harm. For service_role.
create function contact_sync_stream_chunk(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[],
  p_batch_size integer default 500,
  p_stage      boolean default false,
  p_budget     boolean default true,
  p_signs      jsonb   default null)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp();
  v_wanted     uuid[];
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_require(p_stage is not null, 'p_stage');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_read_signs(p_signs);
  v_wanted := contact_sync_distinct_keys(p_phone_keys);

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
