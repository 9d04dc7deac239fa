-- How many messages wait to be delivered (counted up to 100,000), how old the
-- oldest of them is, and how many were set aside (likewise). For monitoring, and
-- for service_role.
create function contact_sync_outbox_state(
  out waiting        bigint,
  out oldest_seconds numeric,
  out set_aside      bigint)
language plpgsql volatile
set search_path from current
-- planner profile: by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
begin
  select count(*) filter (where m.due_at is not null),
         coalesce(round(extract(epoch from clock_timestamp() - min(m.changed_at) filter (where m.due_at is not null)), 3), 0),
         count(*) filter (where m.due_at is null)
    into waiting, oldest_seconds, set_aside
    from (select o.due_at, o.changed_at
            from contact_sync_outbox o
           order by o.changed_at, o.message_id
           limit 100000) as m;
end
$$;
