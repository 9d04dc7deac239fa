-- The failed syncs of the last p_days UTC days, today included (1 to 365), by what was
-- wrong, the most frequent first. owners are those of whom such a run still stands:
-- what was folded (set_retention()) is of nobody. For service_role.
create function list_sync_failures(
  p_days integer default 30,
  out error_code text,
  out syncs      bigint,
  out owners     bigint,
  out last_at    timestamptz)
returns setof record
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
declare
  v_since constant date := (now() at time zone 'UTC')::date - (coalesce(p_days, 1) - 1);
begin
  perform contact_sync_check_range(p_days, 1, 365, 'p_days', 'Older days have only their sums.');
  return query
    select f.error_code, sum(f.syncs)::bigint, sum(f.owners)::bigint, max(f.last_at)
      from (select coalesce(r.error_code, 'INTERNAL') as error_code, count(*) as syncs, pg_catalog.count(distinct r.owner_id) as owners, max(r.started_at) as last_at
              from contact_sync_runs r
             where r.sync_status = 'failed'
               and r.started_at >= v_since::timestamp at time zone 'UTC'
             group by 1
             union all
            select d.error_code, d.syncs, 0::bigint, d.last_at
              from contact_sync_daily_failures d
             where d.sync_date >= v_since) as f
     group by f.error_code
     order by 2 desc, 1;
end
$$;
