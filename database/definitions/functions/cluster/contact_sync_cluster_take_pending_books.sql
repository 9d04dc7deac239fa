-- contact_sync_take_pending_books() on Citus: see contact_sync_cluster_take_entries().
create function contact_sync_cluster_take_pending_books(p_running bigint[])
returns bigint[]
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
begin
  return array(
    select b.entry_id
      from contact_sync_pending_books b
     where b.fence_holders is null
        or not b.fence_holders operator(pg_catalog.&&) p_running
     order by b.entry_id
     limit 100);
end
$$;
