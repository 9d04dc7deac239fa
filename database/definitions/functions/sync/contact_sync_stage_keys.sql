-- Stages a chunk of a stream that will replace, and marks what the stream is
-- about to add; so it comes before contact_sync_merge(). A chunk that is sent
-- again keeps its first marks.
--
-- First the stream's own row: contact_sync_drop_streams() leaves a stream alone
-- that this has touched, and this waits for one that is being dropped.
create function contact_sync_stage_keys(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[])
returns void
language plpgsql volatile
set search_path from current
-- planner profile: by index and bitmap
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  insert into contact_sync_streams (owner_id, stream_id, last_chunk_at)
  values (p_owner_id, p_stream_id, v_now)
      on conflict (owner_id, stream_id) do update
     set last_chunk_at = excluded.last_chunk_at,
         is_settled = false;

  insert into contact_sync_staged_keys (owner_id, stream_id, phone_key, is_new)
  select p_owner_id, p_stream_id, w.phone_key, c.phone_key is null
    from pg_catalog.unnest(p_phone_keys) as w (phone_key)
    left join contacts_with_accounts c on c.owner_id = p_owner_id and c.phone_key = w.phone_key
      on conflict do nothing;
end
$$;
