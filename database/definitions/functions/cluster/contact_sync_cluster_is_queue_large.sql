-- contact_sync_is_queue_large() on Citus.
create function contact_sync_cluster_is_queue_large()
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return true;
end
$$;
