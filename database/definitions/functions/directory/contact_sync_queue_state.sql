-- How many changes of the directory the linker has not finished (counted up to
-- 100,000) and the age of the oldest in seconds; how many owners have been in
-- its way for longer than 30 seconds, and for how many the longest of them. For
-- monitoring, and for service_role.
create function contact_sync_queue_state(
  out waiting             bigint,
  out lag_seconds         numeric,
  out owners_in_the_way   bigint,
  out in_the_way_seconds  numeric)
language plpgsql volatile
set search_path from current
-- planner profile: any join by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_start constant bigint := contact_sync_queue_start();
begin
  select count(*),
         coalesce(round(extract(epoch from clock_timestamp() - min(q.enqueued_at)), 3), 0)
    into waiting, lag_seconds
    from (select p.enqueued_at
            from (select e.enqueued_at
                    from contact_sync_pending_links e
                   where e.entry_id > v_start
                   order by e.entry_id
                   limit 100000) as p
           union all
          select b.enqueued_at
            from contact_sync_pending_books b) as q;
  select pg_catalog.count(distinct o.owner_id), coalesce(max(o.seconds), 0)
    into owners_in_the_way, in_the_way_seconds
    from list_owners_in_the_way(interval '30 seconds') as o;
end
$$;
