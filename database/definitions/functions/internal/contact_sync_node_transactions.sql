-- The ids of all transactions of others on this node that have one and have not ended,
-- prepared ones included. p_origin as of contact_sync_node_fence_holders().
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
       and l.pid is distinct from pg_backend_pid()
       and (   p_origin is null
            or not coalesce(l.pid = any (array(select a.pid
                                             from pg_catalog.pg_stat_activity a
                                            where a.application_name = p_origin)),
                            false)))
$$;
