-- The ids of all transactions of others that have one and have not ended,
-- prepared ones included, whatever they do.
create function contact_sync_running_transactions()
returns xid[]
language sql volatile
set search_path from current
as $$
  select array(
    select l.transactionid
      from pg_catalog.pg_locks as l
     where l.locktype = 'transactionid'
       and l.mode = 'ExclusiveLock'
       and l.granted
       and l.pid is distinct from pg_backend_pid())
$$;
