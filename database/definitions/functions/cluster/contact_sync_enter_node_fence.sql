-- Enters the fence of the node where these owners' rows lie, whom the transaction has
-- locked: on PostgreSQL there is but one, which contact_sync_enter_fence() has entered.
-- On Citus see contact_sync_cluster_enter_node_fence().
create function contact_sync_enter_node_fence(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
as $$
begin
end
$$;
