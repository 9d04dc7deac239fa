-- Owners whom somebody else has had locked for longer than p_longer_than while
-- the linker has links to write into their books: how many numbers wait for
-- that, for how many seconds, and what the server shows of the transaction that
-- has them. pid and what follows is null where this is not known (a savepoint, or
-- a session that this role may not see); prepared_as is the name of a prepared
-- transaction. An empty answer: nobody is in the way. For service_role.
create function list_owners_in_the_way(
  p_longer_than interval default interval '30 seconds',
  out owner_id         uuid,
  out numbers_waiting  bigint,
  out seconds          numeric,
  out pid              integer,
  out application_name text,
  out state            text,
  out state_since      timestamptz,
  out began_at         timestamptz,
  out prepared_as      text)
returns setof record
language plpgsql volatile
set search_path from current
-- planner profile: any join by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
begin
  perform contact_sync_require(p_longer_than is not null, 'p_longer_than');
  return query
    with late as (
      select o.id as owner_id, count(*) as numbers_waiting, min(w.late_since) as late_since
        from (select q.late_owner_ids, q.late_since
                from contact_sync_pending_links q
               where q.late_since < clock_timestamp() - p_longer_than
               union all
              select e.late_owner_ids, e.late_since
                from contact_sync_erasures e
               where e.late_since < clock_timestamp() - p_longer_than) as w
       cross join lateral pg_catalog.unnest(w.late_owner_ids) as o (id)
       group by o.id
       order by 3
       limit 1000
    ), known as (
      select l.*, t.pid, p.gid, p.prepared, a.application_name, a.state, a.state_change, a.xact_start
        from late l
        left join contact_sync_status s on s.owner_id = l.owner_id
        left join pg_catalog.pg_locks t
          on t.locktype = 'transactionid'
         and t.mode = 'ExclusiveLock'
         and t.granted
         and t.transactionid = s.xmax
        left join pg_catalog.pg_stat_activity a on a.pid = t.pid
        left join pg_catalog.pg_prepared_xacts p on p.transaction = t.transactionid
    )
    select k.owner_id, k.numbers_waiting,
           round(extract(epoch from clock_timestamp() - greatest(k.late_since, k.xact_start)), 3),
           k.pid, k.application_name,
           case when k.gid is not null then 'prepared' else k.state end,
           coalesce(k.prepared, k.state_change),
           k.xact_start,
           k.gid
      from known k
     where clock_timestamp() - p_longer_than > greatest(k.late_since, k.xact_start)
     order by 3 desc, 1;
end
$$;
