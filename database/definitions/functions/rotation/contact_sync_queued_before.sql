-- How many entries the linker's queue has up to one, counted up to 10,000: what waits for
-- numbers by the key before. For service_role.
create function contact_sync_queued_before(p_entry_id bigint)
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
  perform contact_sync_require(p_entry_id is not null, 'p_entry_id');
  return (select count(*)::integer
            from (select 1 from contact_sync_pending_links q
                   where q.entry_id <= p_entry_id
                   limit 10000) as w);
end
$$;
