-- contact_sync_enter_node_fence() on Citus, for owners of one shard: in the transaction
-- there, which holds the lock until it ends, a prepared one as well. So the owners are
-- locked before: until then what is read there is no part of a transaction, and a lock
-- would be gone with it. The owners' lock has given that transaction its id.
create function contact_sync_cluster_enter_node_fence(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  -- a constant, which names the same lock everywhere
  v_fence_id constant integer := contact_sync_fence_id();
begin
  perform pg_advisory_xact_lock_shared(x'6373796e'::integer, v_fence_id)
     from (select count(*)
             from contact_sync_status s
            where s.owner_id = any (p_owner_ids)) as there;
end
$$;
