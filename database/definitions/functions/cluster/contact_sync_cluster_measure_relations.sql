-- contact_sync_measure_relations() on Citus: what stands in shards, by what their nodes
-- know of them. Of a table that each node has a copy of, rows and bytes are those of one
-- copy, and the bytes with the indexes are of all.
create function contact_sync_cluster_measure_relations(
  p_relations oid[],
  out relation      oid,
  out rows_estimate bigint,
  out bytes         bigint,
  out total_bytes   bigint)
returns setof record
language plpgsql stable
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
  v_visibility constant text := current_setting('citus.override_table_visibility');
  v_names    text[];
  v_ids      oid[];
  v_are_copies boolean[];
  v_here     json;
begin
  select pg_catalog.array_agg(n.name), pg_catalog.array_agg(n.id), pg_catalog.array_agg(n.is_copy)
    into v_names, v_ids, v_are_copies
    from (select r.id, pg_catalog.shard_name(r.id::regclass, s.shardid, false) as name, p.partmethod = 'n' as is_copy
            from pg_catalog.unnest(p_relations) as r (id)
            left join pg_catalog.pg_index i on i.indexrelid = r.id
            join pg_catalog.pg_dist_partition p on p.logicalrelid = coalesce(i.indrelid, r.id)::regclass
            join pg_catalog.pg_dist_shard s on s.logicalrelid = p.logicalrelid
           union all
          select r.id, pg_catalog.format('%I.%I', c.relnamespace::regnamespace::name, c.relname), true
            from pg_catalog.unnest(p_relations) as r (id)
            left join pg_catalog.pg_index i on i.indexrelid = r.id
           cross join lateral contact_sync_leaves(r.id::regclass) as l (id)
            join pg_catalog.pg_class c on c.oid = l.id
           where not exists (select
                               from pg_catalog.pg_dist_partition p
                              where p.logicalrelid = coalesce(i.indrelid, r.id)::regclass)) as n;
  -- Citus does not show a node's shards to a client's session.
  perform set_config('citus.override_table_visibility', 'off', true);
  v_here := contact_sync_node_sizes(v_names);
  perform set_config('citus.override_table_visibility', v_visibility, true);
  return query
    with answer as (
      select v_here as sizes
       union all
      select a.answer::json
        from contact_sync_ask_nodes(
               pg_catalog.format('select %I.contact_sync_node_sizes(%L)', current_schema(), v_names), '{}') as a
    ), size as (
      select v_ids[(z.item ->> 0)::integer] as id,
             v_are_copies[(z.item ->> 0)::integer] as is_copy,
             (z.item ->> 1)::float8 as rows_estimate,
             (z.item ->> 2)::bigint as bytes,
             (z.item ->> 3)::bigint as total_bytes
        from answer a
       cross join lateral pg_catalog.json_array_elements(a.sizes) as z (item)
    )
    select r.id,
           coalesce(round(case when bool_and(s.is_copy) then max(s.rows_estimate) else sum(s.rows_estimate) end), 0.0::float8)::bigint,
           coalesce(case when bool_and(s.is_copy) then max(s.bytes)::numeric else sum(s.bytes) end, 0.0)::bigint,
           coalesce(sum(s.total_bytes), 0.0)::bigint
      from pg_catalog.unnest(p_relations) as r (id)
      left join size s on s.id = r.id
     group by r.id;
end
$$;
