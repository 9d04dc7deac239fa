-- contact_sync_is_only_walker() on Citus, where whoever would lock a row of a reference table
-- waits for all who have one. The lock is the coordinator's, where the walk is gone.
create function contact_sync_cluster_is_only_walker()
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  -- 'cswk' in ASCII, and the schema
  return pg_try_advisory_xact_lock(x'6373776b'::integer, contact_sync_fence_id());
end
$$;
