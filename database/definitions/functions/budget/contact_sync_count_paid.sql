-- How many of some numbers, which the owner has not stored, were paid for: a sync
-- removed them within the days for which choices are kept, and they come back.
create function contact_sync_count_paid(p_owner_id uuid, p_phone_keys uuid[])
returns integer
language plpgsql volatile
set search_path from current
-- planner profile: by sorted keys
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_since timestamptz;
begin
  -- Most owners have none: one look at the index, however many the numbers are.
  if pg_catalog.cardinality(p_phone_keys) = 0
     or not exists (select from contact_sync_kept_choices k where k.owner_id = p_owner_id)
  then
    return 0;
  end if;
  v_since := clock_timestamp() - set_choice_retention(null::integer)::float8 * interval '1 day';
  return (select count(*)::integer
            from contact_sync_kept_choices k
           where k.owner_id = p_owner_id
             and k.phone_key = any (p_phone_keys)
             and k.removed_at > v_since);
end
$$;
