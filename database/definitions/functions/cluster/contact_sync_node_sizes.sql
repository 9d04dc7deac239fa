-- How large those of these tables and indexes are that this node has, each with its place
-- in the list: what contact_sync_cluster_measure_relations() asks each node.
create function contact_sync_node_sizes(p_names text[])
returns json
language sql stable
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
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(n.place, m.rows_estimate, m.bytes, m.total_bytes)), '[]')
    from pg_catalog.unnest(p_names) with ordinality as n (name, place)
   cross join lateral contact_sync_measure_relation(to_regclass(n.name)::oid) as m
   where m.rows_estimate is not null
$$;
