-- Waits, at most p_longest, until those who are behind the fence now have ended,
-- and returns how many have not. Whoever enters later reads the directory as it
-- is now.
create function contact_sync_await_fence(p_longest interval)
returns integer
language plpgsql volatile
set search_path from current
as $$
declare
  v_until  constant timestamptz := clock_timestamp() + p_longest;
  v_behind xid[] := contact_sync_fence_holders();
begin
  loop
    v_behind := array(select pg_catalog.unnest(v_behind)
                      intersect
                      select pg_catalog.unnest(contact_sync_running_transactions()));
    exit when pg_catalog.cardinality(v_behind) = 0 or clock_timestamp() >= v_until;
    perform pg_sleep(0.01::float8);
  end loop;
  return pg_catalog.cardinality(v_behind);
end
$$;
