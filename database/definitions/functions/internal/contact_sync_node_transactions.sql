-- The ids of all transactions of others on this node that have one and have not ended,
-- prepared ones included. p_origin as of contact_sync_node_own_sessions().
create function contact_sync_node_transactions(p_origin text)
returns bigint[]
language sql volatile
set search_path from current
as $$
  select array(
    select l.transactionid::text::bigint
      from pg_catalog.pg_locks as l
     where l.locktype = 'transactionid'
       and l.mode = 'ExclusiveLock'
       and l.granted
       and coalesce(l.pid <> all ((select contact_sync_node_own_sessions(p_origin))::integer[]), true))
$$;
