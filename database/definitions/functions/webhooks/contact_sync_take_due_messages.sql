-- Hands over messages that are due, the longest due first, and with each the
-- number of the attempt that it is due for. Each is handed to one caller, who has
-- p_lease to have somebody claim it (contact_sync_claim_message()); after that it
-- is due again, so that nothing is lost with whoever took it.
--
-- One whose last attempt was the last there is, and was never ended because its
-- worker was killed, is set aside. Waits for nobody. For service_role.
create function contact_sync_take_due_messages(
  p_limit integer,
  p_lease interval,
  out message_id uuid,
  out attempt    integer)
returns setof record
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
declare
  v_now   constant timestamptz := clock_timestamp();
  v_until constant timestamptz := v_now + p_lease;
begin
  return query
    with due as (
      select q.message_id,
             q.attempts > 0::int2 and contact_sync_delivery_delay(q.attempts::integer) is null as is_over
        from contact_sync_outbox q
       where q.due_at <= v_now
       order by q.due_at
       limit p_limit
         for update skip locked
    ), taken as (
      update contact_sync_outbox o
         set due_at = case when not d.is_over then v_until end,
             last_failure = case when d.is_over then coalesce(o.last_failure, 'interrupted') else o.last_failure end,
             set_aside_at = case when d.is_over then v_now end
        from due d
       where o.message_id = d.message_id
      returning o.message_id, o.attempts, o.set_aside_at
    )
    select t.message_id, t.attempts + 1
      from taken t
     where t.set_aside_at is null;
end
$$;
