-- How many owners' syncs of the last 24 hours have scored 30 or more, and 60 or
-- more, and how many owners are held. For monitoring, and for service_role.
create function contact_sync_suspect_state(
  out suspects      bigint,
  out high_suspects bigint,
  out held_owners   bigint)
language plpgsql stable
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
  select pg_catalog.count(distinct r.owner_id),
         pg_catalog.count(distinct r.owner_id) filter (where r.suspicion >= 60::smallint)
    into suspects, high_suspects
    from contact_sync_runs r
   where r.started_at > now() - interval '1 day'
     and r.suspicion > 0::smallint
     and r.suspicion >= 30::smallint;
  held_owners := (select count(*) from contact_sync_status s where s.held_at is not null);
end
$$;
