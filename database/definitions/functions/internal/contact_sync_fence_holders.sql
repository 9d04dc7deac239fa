-- The transactions of others that are behind the fence now, by their virtual
-- transaction ids. An id is not used again before the server restarts, and
-- after a restart the worst it can do is a longer wait.
create function contact_sync_fence_holders()
returns text[]
language sql volatile
set search_path from current
as $$
  select array(
    select l.virtualtransaction
      from pg_catalog.pg_locks as l
     where l.locktype = 'advisory'
       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
       and l.classid = x'6373796e'::integer::oid
       and l.objid = x'666e6365'::integer::oid
       and l.objsubid = 2 -- a lock named by two integers
       and l.pid is distinct from pg_backend_pid()) -- a prepared transaction has no pid
$$;
