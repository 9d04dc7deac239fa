-- The transactions of others that are behind the fence now, wherever they run. On Citus
-- each node has a fence of its own, and this asks all of them
-- (contact_sync_cluster_fence_holders()).
create function contact_sync_fence_holders()
returns bigint[]
language plpgsql volatile
set search_path from current
as $$
begin
  return contact_sync_node_fence_holders(null::text);
end
$$;
