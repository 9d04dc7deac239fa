-- The id that the linker's queue gave last on each node that has entries in it: of several
-- nodes, each gives ids of its own, 2^48 of them. For contact_sync_queued_before().
-- For service_role.
create function contact_sync_newest_entries()
returns bigint[]
language plpgsql volatile
set search_path from current
-- planner profile: by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
begin
  return array(
    select max(q.entry_id)
      from contact_sync_pending_links q
     where q.entry_id >= 281474976710656
     group by q.entry_id >> 48)
    operator(pg_catalog.||) contact_sync_newest_entry();
end
$$;
