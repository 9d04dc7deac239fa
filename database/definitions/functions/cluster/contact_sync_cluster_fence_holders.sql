-- contact_sync_fence_holders() on Citus: of all nodes. Ids are each node's own, so those of
-- workers have the number of their group before them (times 2^32).
create function contact_sync_cluster_fence_holders()
returns bigint[]
language plpgsql volatile
set search_path from current
as $$
declare
  v_ids constant bigint[] := contact_sync_node_fence_holders(null::text);
begin
  return v_ids operator(pg_catalog.||) array(
    select a.group_id * 4294967296 + t.id
      from contact_sync_ask_nodes_within(
             pg_catalog.format('select %I.contact_sync_node_fence_holders(%L)', current_schema(), contact_sync_origin())) as a
     cross join lateral pg_catalog.unnest(a.answer::bigint[]) as t (id));
end
$$;
