-- The transactions of others that are behind the fence of this node, by their ids: the
-- fence's lock and the lock that each transaction has on its own id meet in the
-- virtual transaction, which a prepared transaction has as well. Beside the
-- transaction's id stand those of its savepoints that are open; they do no
-- harm, because the transaction outlasts them.
--
-- A transaction gets its id before the fence and, when it ends, gives up its id
-- first: one that is not found has ended, or has not entered yet. An id comes
-- again after four thousand million transactions, and the worst it can do then
-- is a longer wait. p_origin as of contact_sync_node_own_sessions().
create function contact_sync_node_fence_holders(p_origin text)
returns bigint[]
language sql volatile
set search_path from current
as $$
  with locks as materialized (
    select l.*
      from pg_catalog.pg_locks as l
     where l.granted
       and l.locktype in ('advisory', 'transactionid')
  )
  select array(
    select t.transactionid::text::bigint
      from locks as f
      join locks as t on t.virtualtransaction = f.virtualtransaction
     where f.locktype = 'advisory'
       and f.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
       and f.classid = x'6373796e'::integer::oid
       and f.objid = contact_sync_fence_id()::oid
       and f.objsubid = 2 -- a lock named by two integers
       -- a prepared transaction has no pid
       and coalesce(f.pid <> all ((select contact_sync_node_own_sessions(p_origin))::integer[]), true)
       and t.locktype = 'transactionid'
       and t.mode = 'ExclusiveLock')
$$;
