-- Waits, at most p_longest, until those who are behind the fence now have ended,
-- and returns how many have not, and the newest entry of the linker's queue.
-- Whoever enters later reads the directory as it is now.
create function contact_sync_await_fence(
  p_longest interval,
  out transactions_running integer,
  out last_entry_id        bigint)
language plpgsql volatile
set search_path from current
as $$
declare
  v_until  constant timestamptz := clock_timestamp() + p_longest;
  v_behind bigint[] := contact_sync_fence_holders();
begin
  loop
    v_behind := array(select pg_catalog.unnest(v_behind)
                      intersect
                      select pg_catalog.unnest(contact_sync_running_transactions()));
    exit when pg_catalog.cardinality(v_behind) = 0 or clock_timestamp() >= v_until;
    perform pg_sleep(0.01::float8);
  end loop;
  transactions_running := pg_catalog.cardinality(v_behind);
  last_entry_id := contact_sync_newest_entry();
end
$$;
