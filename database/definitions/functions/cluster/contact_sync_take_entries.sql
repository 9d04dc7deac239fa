-- Entries of the linker's queue that are ready for a look, locked for the rest of the
-- transaction and without those that another linker has: of p_asked, or (NULL) the first p_max
-- behind p_after. What they wait for is told by p_running, who has not ended.
create function contact_sync_take_entries(
  p_after   bigint,
  p_asked   bigint[],
  p_now     timestamptz,
  p_running bigint[],
  p_max     integer)
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
  if p_asked is null then
    return array(
      select t.entry_id
        from (select q.entry_id
                from contact_sync_pending_links q
               where q.entry_id > p_after
                 and case
                       when q.owner_ids is not null then true
                       when q.late_owner_ids is not null then q.retry_at <= p_now or not q.blockers operator(pg_catalog.<@) p_running
                       else q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) p_running
                     end
               order by q.entry_id
               limit p_max
                 for update skip locked) as t);
  end if;
  return array(
    select t.entry_id
      from (select q.entry_id
              from contact_sync_pending_links q
             where q.entry_id = any (p_asked)
               and case
                     when q.owner_ids is not null then true
                     when q.late_owner_ids is not null then q.blockers is null or not q.blockers operator(pg_catalog.<@) p_running
                     else q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) p_running
                   end
               for update skip locked) as t
     order by t.entry_id);
end
$$;
