-- Ends an attempt: p_failure NULL, the message was delivered and goes; otherwise it
-- waits for the next attempt, for p_retry_after_seconds at least where the receiver
-- asked for that (a day at most), or is set aside after the last one. A receiver
-- that answers 410 (Gone) does not want it: it is set aside at once.
--
-- Says what became of it: 'delivered', 'waits', 'set_aside', or 'superseded' by a
-- later attempt, of which the end counts. For service_role.
create function contact_sync_end_attempt(
  p_message_id          uuid,
  p_attempt             integer,
  p_failure             text,
  p_retry_after_seconds integer)
returns text
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now    constant timestamptz := clock_timestamp();
  v_delay  interval;
  v_due_at timestamptz;
begin
  if p_failure is null then
    delete from contact_sync_outbox o where o.message_id = p_message_id;
    return 'delivered';
  end if;

  v_delay := contact_sync_delivery_delay(p_attempt);
  if p_failure <> '410' and v_delay is not null then
    v_due_at := v_now + least(greatest(v_delay, p_retry_after_seconds::float8 * interval '1 second'),
                              interval '1 day');
  end if;
  update contact_sync_outbox o
     set last_failure = p_failure,
         due_at = v_due_at,
         set_aside_at = case when v_due_at is null then v_now end
   where o.message_id = p_message_id
     and o.attempts::integer = p_attempt
     and o.due_at is not null;
  return case
           when not found then 'superseded'
           when v_due_at is null then 'set_aside'
           else 'waits'
         end;
end
$$;
