-- How many entries the linker's queue has that were there at contact_sync_newest_entries(),
-- counted up to 10,000: what waits for numbers by the key before. For service_role.
create function contact_sync_queued_before(p_entry_ids bigint[])
returns integer
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
  perform contact_sync_require(p_entry_ids is not null, 'p_entry_ids');
  return (select count(*)::integer
            from (select 1
                    from pg_catalog.unnest(p_entry_ids) as n (entry_id)
                    join contact_sync_pending_links q
                      on q.entry_id >= (n.entry_id >> 48) << 48
                     and q.entry_id <= n.entry_id
                   limit 10000) as w);
end
$$;
