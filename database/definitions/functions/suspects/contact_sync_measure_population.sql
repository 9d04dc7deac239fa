-- Measures what address books look like here, for contact_sync_suspicion(): each of
-- the owners who made the last 20,000 full syncs counts once, so that nobody can
-- shift it by syncing often. Fewer than 100 owners say nothing: a service that has
-- just begun, whose few users may all be strangers or all be friends.
create function contact_sync_measure_population()
returns void
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
  c_fewest constant bigint := 100;
begin
  insert into contact_sync_population as p (owners, book_size, matched_share)
  select count(*)::integer,
         case when count(*) >= c_fewest then pg_catalog.percentile_disc(0.99::float8) within group (order by b.synced_contacts_count) end,
         case when count(*) >= c_fewest then sum(b.matched_contacts_count)::float8 / sum(b.synced_contacts_count)::float8 end
    from (select distinct on (r.owner_id) r.synced_contacts_count, r.matched_contacts_count
            from (select l.owner_id, l.run_id, l.started_at, l.synced_contacts_count, l.matched_contacts_count
                    from contact_sync_runs l
                   where l.sync_status = 'completed'
                     and l.sync_mode <> 'delta'
                     and l.synced_contacts_count >= 20
                   order by l.started_at desc
                   limit 20000) as r
           order by r.owner_id, r.started_at desc, r.run_id desc) as b
      on conflict (only_row) do update
     set owners = excluded.owners,
         book_size = excluded.book_size,
         matched_share = excluded.matched_share,
         measured_at = excluded.measured_at;
end
$$;
