-- Messages for the webhook that were not delivered yet, oldest change first: those
-- that were set aside, or with p_set_aside false those that wait, or with NULL
-- both. It tells how it stands with each, and of nobody whom it is about.
-- last_failure is the receiver's status, or timeout, unreachable,
-- refused_address, unknown_user, or interrupted where a worker was killed. For
-- service_role.
create function list_webhook_messages(
  p_set_aside boolean default null,
  p_limit     integer default 1000,
  out message_id      uuid,
  out type            text,
  out owners          integer,
  out changed_at      timestamptz,
  out attempts        integer,
  out last_failure    text,
  out next_attempt_at timestamptz,
  out set_aside_at    timestamptz)
returns setof record
language plpgsql stable
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  perform contact_sync_check_range(p_limit, 1, 100000, 'p_limit', 'Replay or deliver those first.');
  return query
    select o.message_id,
           case when o.is_link then 'contacts.linked' else 'contacts.unlinked' end,
           pg_catalog.cardinality(o.owner_ids),
           o.changed_at, o.attempts::integer, o.last_failure, o.due_at, o.set_aside_at
      from contact_sync_outbox o
     where p_set_aside is null
        or p_set_aside = (o.due_at is null)
     order by o.changed_at, o.message_id
     limit p_limit;
end
$$;
