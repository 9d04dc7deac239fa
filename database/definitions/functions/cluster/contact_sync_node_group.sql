-- The number of this node's group in a Citus cluster, which tells the nodes apart.
create function contact_sync_node_group()
returns bigint
language plpgsql volatile
set search_path from current
as $$
begin
  return (select g.groupid::bigint from pg_catalog.pg_dist_local_group g);
end
$$;
