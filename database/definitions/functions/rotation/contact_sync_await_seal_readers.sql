-- Waits, at most p_longest, until those have ended who have read the record of the key
-- and may have read it before it said what it says now; returns how many have not. By
-- the lock that each of them has on it: whoever comes later has read the present. A
-- dump of the database that runs is among them, and a transaction that was prepared,
-- whenever that was. To be asked after the change of the record has committed.
-- For service_role.
create function contact_sync_await_seal_readers(p_longest interval)
returns integer
language plpgsql volatile
set search_path from current
as $$
declare
  v_until   constant timestamptz := clock_timestamp() + p_longest;
  v_readers text[];
  v_now     text[];
begin
  perform contact_sync_require(p_longest is not null, 'p_longest');
  loop
    v_now := contact_sync_seal_readers();
    v_readers := array(select pg_catalog.unnest(coalesce(v_readers, v_now))
                       intersect
                       select pg_catalog.unnest(v_now)
                       union
                       select r.id from pg_catalog.unnest(v_now) as r (id) where r.id like 'prepared%');
    exit when pg_catalog.cardinality(v_readers) = 0 or clock_timestamp() >= v_until;
    perform pg_sleep(0.01::float8);
  end loop;
  return pg_catalog.cardinality(v_readers);
end
$$;
