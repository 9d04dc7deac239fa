-- Erasures that are not settled and ready for a look, by their digests, locked for the rest
-- of the transaction and without those that another linker has; at most 100. p_running is who
-- has not ended.
create function contact_sync_take_erasures(p_running bigint[])
returns bytea[]
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
    select b.user_digest
      from contact_sync_erasures b
     where not b.is_settled
       and (b.late_owner_ids is not null or b.fence_holders is null or not b.fence_holders operator(pg_catalog.&&) p_running)
     limit 100
       for update skip locked);
end
$$;
