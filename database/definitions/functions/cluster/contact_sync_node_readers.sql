-- The transactions of others on this node that have a lock on a table, as of
-- contact_sync_seal_readers(). p_origin as of contact_sync_node_own_sessions().
create function contact_sync_node_readers(p_table oid, p_origin text)
returns text[]
language sql volatile
set search_path from current
as $$
  select array(
    select case when l.pid is null then 'prepared' else l.virtualtransaction end
      from pg_catalog.pg_locks as l
     where l.locktype = 'relation'
       and l.granted
       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
       and l.relation = p_table
       and coalesce(l.pid <> all ((select contact_sync_node_own_sessions(p_origin))::integer[]), true))
$$;
