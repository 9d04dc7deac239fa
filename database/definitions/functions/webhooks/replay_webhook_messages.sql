-- Has messages delivered again that failed: at once, and with all attempts before
-- them. p_message_ids are those that are meant, NULL means all, both those that
-- were set aside and those that wait for their next attempt. Each keeps its id, so
-- that a receiver that had it after all knows it. Returns how many there are.
-- For service_role.
create function replay_webhook_messages(p_message_ids uuid[] default null)
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
declare
  v_now   constant timestamptz := clock_timestamp();
  v_count integer;
begin
  with failed as (
    select q.message_id
      from contact_sync_outbox q
     where (p_message_ids is null or q.message_id = any (p_message_ids))
       -- of those that wait, one that is being delivered just now has none
       and (q.due_at is null or q.last_failure is not null)
     order by q.message_id
       for update
  )
  update contact_sync_outbox o
     set attempts = 0,
         due_at = v_now,
         set_aside_at = null
    from failed f
   where o.message_id = f.message_id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
