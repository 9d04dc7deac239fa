-- The transactions of others that have read the record of the key and have not ended, or
-- 'prepared' for prepared ones, by the lock that each has on the table. On Citus, of all
-- nodes (contact_sync_cluster_seal_readers()).
create function contact_sync_seal_readers()
returns text[]
language plpgsql volatile
set search_path from current
as $$
begin
  return contact_sync_node_readers('contact_sync_seal'::regclass::oid, null::text);
end
$$;
