-- What this node's server shows of transactions on it, by their ids as of
-- contact_sync_node_transactions(): a row for each that it knows. prepared_as is the name
-- of a prepared one.
create function contact_sync_node_sessions(
  p_ids bigint[],
  out id               bigint,
  out pid              integer,
  out application_name text,
  out state            text,
  out state_since      timestamptz,
  out began_at         timestamptz,
  out prepared_as      text)
returns setof record
language sql volatile
set search_path from current
as $$
  select t.transactionid::text::bigint, t.pid, a.application_name,
         case when p.gid is not null then 'prepared' else a.state end,
         coalesce(p.prepared, a.state_change),
         a.xact_start,
         p.gid
    from pg_catalog.pg_locks t
    left join pg_catalog.pg_stat_activity a on a.pid = t.pid
    left join pg_catalog.pg_prepared_xacts p on p.transaction = t.transactionid
   where t.locktype = 'transactionid'
     and t.mode = 'ExclusiveLock'
     and t.granted
     and t.transactionid::text::bigint = any (p_ids)
$$;
