-- Entries of contact_sync_pending_books that are ready for a look, locked for the rest of the
-- transaction and without those that another linker has; at most 100. p_running is who has
-- not ended.
create function contact_sync_take_pending_books(p_running bigint[])
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
    select b.entry_id
      from contact_sync_pending_books b
     where b.fence_holders is null
        or not b.fence_holders operator(pg_catalog.&&) p_running
     order by b.entry_id
     limit 100
       for update skip locked);
end
$$;
