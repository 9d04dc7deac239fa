-- contact_sync_take_entries() on Citus, where to lock rows of a reference table is to lock
-- all of it on all nodes: there is one linker at a time
-- (contact_sync_cluster_is_only_linker()), and nobody else changes its entries.
create function contact_sync_cluster_take_entries(
  p_after   bigint,
  p_asked   bigint[],
  p_now     timestamptz,
  p_running bigint[],
  p_max     integer)
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
               limit p_max) as t);
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
                   end) as t
     order by t.entry_id);
end
$$;
