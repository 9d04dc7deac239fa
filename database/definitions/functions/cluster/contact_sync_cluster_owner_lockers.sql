-- contact_sync_owner_lockers() on Citus.
create function contact_sync_cluster_owner_lockers(
  p_owner_ids uuid[],
  out owner_id uuid,
  out locker   bigint)
returns setof record
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
  v_group uuid[];
  v_base  bigint;
begin
  for v_group, v_base in
    select g.owner_ids, n.groupid::bigint * 4294967296
      from contact_sync_owner_groups(p_owner_ids) as g (owner_ids)
      join pg_catalog.pg_dist_placement n
        on n.shardid = pg_catalog.get_shard_id_for_distribution_column('contact_sync_status'::regclass, g.owner_ids[1])
  loop
    return query
      select s.owner_id, case when s.xmax::text <> '0' then v_base + s.xmax::text::bigint else 0::bigint end
        from contact_sync_status s
       where s.owner_id = any (v_group);
  end loop;
end
$$;
