-- Whether a pass of the linker may begin: always. On Citus one runs at a time
-- (contact_sync_cluster_is_only_linker()).
create function contact_sync_is_only_linker()
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  return true;
end
$$;
