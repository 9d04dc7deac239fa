-- contact_sync_is_only_linker() on Citus: whether no other linker is at it, and none begins
-- until this transaction ends. The lock is the coordinator's, where linkers run.
create function contact_sync_cluster_is_only_linker()
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  -- 'cslk' in ASCII, and the schema
  return pg_try_advisory_xact_lock(x'63736c6b'::integer, contact_sync_fence_id());
end
$$;
