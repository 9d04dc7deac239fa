-- Whether nobody else goes the walk of apply_retention(), and nobody begins it until this
-- transaction ends. It waits for nobody. On Citus see contact_sync_cluster_is_only_walker().
create function contact_sync_is_only_walker()
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform from contact_sync_settings s for update skip locked;
  return found;
end
$$;
