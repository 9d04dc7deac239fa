-- Claims a message for one attempt, by the number that
-- contact_sync_take_due_messages() gave, and tells what is to be delivered. Of
-- several who claim the same attempt one is told, and so is nobody who comes after
-- the message was delivered, set aside, or taken up by a later attempt.
--
-- p_lease is longer than an attempt can take: when it has passed without
-- contact_sync_end_attempt(), the worker is gone and the message is due again.
-- For service_role.
create function contact_sync_claim_message(
  p_message_id uuid,
  p_attempt    integer,
  p_lease      interval,
  out is_link    boolean,
  out user_id    uuid,
  out phone_key  uuid,
  out key_number smallint,
  out is_silent  boolean,
  out owner_ids  uuid[],
  out changed_at timestamptz)
returns setof record
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_until constant timestamptz := clock_timestamp() + p_lease;
begin
  return query
    update contact_sync_outbox o
       set attempts = p_attempt::int2,
           last_failure = null,
           due_at = v_until
     where o.message_id = p_message_id
       and o.attempts::integer = p_attempt - 1
       and o.due_at is not null
    returning o.is_link, o.user_id, o.phone_key, o.key_number, o.is_silent, o.owner_ids, o.changed_at;
end
$$;
