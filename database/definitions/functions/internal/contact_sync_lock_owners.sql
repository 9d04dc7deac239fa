-- Locks owners for the rest of the transaction, so that syncs of one owner
-- follow one another and syncs of different owners don't wait. The lock is the
-- owner's status row, which is made where it is missing.
--
-- Always in owner order: two calls for several owners can't wait for each
-- other. What the lock protects must be read in a later statement: one that
-- locks and reads at once reads what was there before it waited.
--
-- Of several owners, those whom somebody has already are waited for one by one
-- before any is locked: or else one open transaction would hold up all the
-- others here for as long as it lasts. On Citus they are locked a shard at a time,
-- in the shards' order (contact_sync_owner_groups()).
--
-- Refuses a call that was sealed with another key than one of their books, which a
-- rotation has moved while it waited (contact_sync_verify_key()).
create function contact_sync_lock_owners(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
-- planner profile: by index and bitmap
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_owner_ids uuid[];
  v_running   bigint[];
  v_busy_id   uuid;
  v_group     uuid[];
begin
  select pg_catalog.array_agg(distinct o.id order by o.id)
    into v_owner_ids
    from pg_catalog.unnest(p_owner_ids) as o (id);
  if pg_catalog.cardinality(v_owner_ids) = 1 then
    perform contact_sync_lock_group(v_owner_ids);
    return;
  end if;

  v_running := contact_sync_running_transactions();
  if pg_catalog.cardinality(v_running) > 0 then
    for v_busy_id in
      select l.owner_id
        from contact_sync_owner_lockers(v_owner_ids) as l
       where l.locker = any (v_running)
       order by l.owner_id
    loop
      begin
        perform from contact_sync_status s where s.owner_id = v_busy_id for update;
        raise exception using errcode = 'YC000'; -- lets go of it again
      exception
        when sqlstate 'YC000' then
          null;
      end;
    end loop;
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owner_ids) as g (owner_ids) loop
    perform contact_sync_lock_group(coalesce(v_group, v_owner_ids));
  end loop;
end
$$;
