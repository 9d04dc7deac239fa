-- The ids of all transactions of others that have one and have not ended,
-- prepared ones included, whatever they do and wherever they run. On Citus, of all
-- nodes (contact_sync_cluster_running_transactions()).
create function contact_sync_running_transactions()
returns bigint[]
language plpgsql volatile
set search_path from current
as $$
begin
  return contact_sync_node_transactions(null::text);
end
$$;
