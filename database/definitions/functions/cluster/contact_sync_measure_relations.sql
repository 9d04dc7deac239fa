-- How large tables and indexes are, as of contact_sync_measure_relation(), of all parts of
-- those that are partitioned. On Citus, on all nodes
-- (contact_sync_cluster_measure_relations()).
create function contact_sync_measure_relations(
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
begin
  return query
    select r.id,
           coalesce(round(sum(m.rows_estimate)), 0.0::float8)::bigint,
           coalesce(sum(m.bytes), 0.0)::bigint,
           coalesce(sum(m.total_bytes), 0.0)::bigint
      from pg_catalog.unnest(p_relations) as r (id)
      left join lateral contact_sync_leaves(r.id::regclass) as l (id) on true
      left join lateral contact_sync_measure_relation(l.id) as m on l.id is not null
     group by r.id;
end
$$;
