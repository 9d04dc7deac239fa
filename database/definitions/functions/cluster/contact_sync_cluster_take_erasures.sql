-- contact_sync_take_erasures() on Citus: see contact_sync_cluster_take_entries().
create function contact_sync_cluster_take_erasures(p_running bigint[])
returns bytea[]
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
    select b.user_digest
      from contact_sync_erasures b
     where not b.is_settled
       and (b.late_owner_ids is not null or b.fence_holders is null or not b.fence_holders operator(pg_catalog.&&) p_running)
     limit 100);
end
$$;
