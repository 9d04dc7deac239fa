-- Whether the linker's queue is larger than a few pages, entries that are done with
-- included: then it is asked by key. On Citus the table's size is not at hand, and it
-- always is (contact_sync_cluster_is_queue_large()).
create function contact_sync_is_queue_large()
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return pg_relation_size('contact_sync_pending_links'::regclass) > 131072;
end
$$;
