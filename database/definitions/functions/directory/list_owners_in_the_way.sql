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
declare
  v_before constant timestamptz := clock_timestamp() - p_longer_than;
  v_owners  uuid[];
  v_waiting bigint[];
  v_since   timestamptz[];
  v_locked  uuid[];
  v_lockers bigint[];
begin
  perform contact_sync_require(p_longer_than is not null, 'p_longer_than');
  select pg_catalog.array_agg(l.owner_id), pg_catalog.array_agg(l.numbers_waiting), pg_catalog.array_agg(l.late_since)
    into v_owners, v_waiting, v_since
    from (select o.id as owner_id, count(*) as numbers_waiting, min(w.late_since) as late_since
            from (select q.late_owner_ids, q.late_since
                    from contact_sync_pending_links q
                   where q.late_since < v_before
                   union all
                  select e.late_owner_ids, e.late_since
                    from contact_sync_erasures e
                   where e.late_since < v_before) as w
           cross join lateral pg_catalog.unnest(w.late_owner_ids) as o (id)
           group by o.id
           order by 3
           limit 1000) as l;
  if v_owners is null then
    return;
  end if;
  -- What the server shows is of its own, so it is asked by itself: on Citus each node.
  select pg_catalog.array_agg(b.owner_id), pg_catalog.array_agg(b.locker)
    into v_locked, v_lockers
    from contact_sync_owner_lockers(v_owners) as b
   where b.locker <> 0::bigint;
  return query
    with known as (
      select l.owner_id, l.numbers_waiting, greatest(l.late_since, t.began_at) as late_since,
             t.pid, t.application_name, t.state, t.state_since, t.began_at, t.prepared_as
        from unnest(v_owners, v_waiting, v_since) as l (owner_id, numbers_waiting, late_since)
        left join unnest(v_locked, v_lockers) as b (owner_id, locker) on b.owner_id = l.owner_id
        left join contact_sync_describe_transactions(v_lockers) as t on t.id = b.locker
    )
    select k.owner_id, k.numbers_waiting,
           round(extract(epoch from clock_timestamp() - k.late_since), 3),
           k.pid, k.application_name, k.state, k.state_since, k.began_at, k.prepared_as
      from known k
     where k.late_since < v_before
     order by 3 desc, 1;
end
$$;
