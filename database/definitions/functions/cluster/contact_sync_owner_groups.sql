-- The groups that several owners are handled in, a statement a group: all of them at
-- once, which NULL stands for. On Citus a statement that locks or changes rows may touch
-- one shard alone, and there it is the owners of each shard
-- (contact_sync_cluster_owner_groups()).
create function contact_sync_owner_groups(p_owner_ids uuid[])
returns setof uuid[]
language plpgsql stable
set search_path from current
as $$
begin
  return next null::uuid[];
end
$$;
