-- Deletes answers kept for requests with an idempotency key, where they were made with another
-- key than the one in force; not those that are still at work. Returns how many of those
-- there are. For service_role.
create function contact_sync_drop_old_answers()
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
  v_number constant smallint := contact_sync_key_number();
  v_now    constant timestamptz := clock_timestamp();
begin
  delete from contact_sync_answers a
   where a.key_number <> v_number
     and (a.answer is not null or a.claimed_until < v_now);
  return (select count(*)::integer from contact_sync_answers a where a.key_number <> v_number);
end
$$;
