-- 019_tell_webhooks.sql
-- What the app's back end is told of links, and how its delivery stands.
--
-- Composed from database/definitions (npm run compose): until it is released,
-- change it there; from then on it stays as it is.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Outside of a transaction that line only warns, and what follows would be pinned to another path.
do $transaction$
begin
  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then
    raise exception using
      errcode = '25P01',
      message = 'this migration has to run in one transaction; nothing was changed',
      hint = 'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.';
  end if;
end
$transaction$;


-- What the app's back end is yet to be told: somebody's number became linked, or
-- is no more, in the books of these owners. Written in the transaction that
-- changes the links (contact_sync_announce()), so that there is a message exactly
-- when there is a change, and deleted once it was delivered. A job of the queue
-- only names a message: jobs that are lost lose none.
--
-- Not an owner's: a message has many. On Citus a local table of the coordinator.
-- It names people, by number and user, so it is kept for 30 days at most
-- (clean_up_contact_sync()), and contact_sync_forget_messages() empties it of
-- whoever is erased.
create table contact_sync_outbox (
  message_id   uuid        not null default gen_random_uuid(),
  is_link      boolean     not null, -- contacts.linked, or else contacts.unlinked
  user_id      uuid        not null, -- who is linked, or was
  phone_key    uuid        not null,
  key_number   smallint    not null default contact_sync_key_number(), -- what phone_key is sealed with
  is_silent    boolean     not null,
  owner_ids    uuid[]      not null,
  changed_at   timestamptz not null,
  attempts     smallint    not null default 0, -- since it was written or replayed
  last_failure text, -- a status, or a word; NULL before the first, and while an attempt is under way
  due_at       timestamptz, -- when somebody has to see to it next; NULL: set aside
  set_aside_at timestamptz,

  constraint contact_sync_outbox_pkey primary key (message_id),
  constraint contact_sync_outbox_at_most_1000_owners
    check (pg_catalog.cardinality(owner_ids) between 1 and 1000),
  constraint contact_sync_outbox_due_or_set_aside
    check ((due_at is null) = (set_aside_at is not null))
);

create index contact_sync_outbox_due_at_idx
  on contact_sync_outbox (due_at)
  where due_at is not null;

create index contact_sync_outbox_changed_at_idx on contact_sync_outbox (changed_at, message_id);

alter table contact_sync_outbox enable row level security;


-- Whether changes of links are written to the outbox, for webhooks: whoever is
-- about to change stored links asks first, and then calls contact_sync_announce().
-- One look at one row. For service_role.
create function contact_sync_has_outbox()
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce((select s.has_outbox from contact_sync_settings s where s.only_row), false);
end
$$;


-- Says whether changes of links are written to the outbox, for webhooks, and
-- returns what holds; NULL leaves it as it is. `serve` turns it on where a webhook
-- is configured, and nobody turns it off but by this call: otherwise, of several
-- processes one that lacks the variable would silence the others.
--
-- What is in the outbox stays there. For service_role.
create function set_webhooks(p_enabled boolean default null)
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  if p_enabled is not null then
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, has_outbox)
    select b.burst, b.refill_per_day, p_enabled
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do update
       set has_outbox = excluded.has_outbox,
           changed_at = excluded.changed_at
     where s.has_outbox <> excluded.has_outbox;
  end if;
  return contact_sync_has_outbox();
end
$$;


-- Writes to the outbox that links change, for contact_sync_announce() and whoever knows
-- the stored links by themself: row i of the four arrays is an owner, a number, the user
-- who loses the link and the user who gets it, NULL for nobody; the two differ.
--
-- The two users are a message each; one message names up to 1,000 owners of one number.
-- Silent is what the number's present entry in the directory says of who gets a link;
-- nobody loses one silently, or else who hides would be told from who left.
create function contact_sync_write_messages(
  p_owner_ids    uuid[],
  p_phone_keys   uuid[],
  p_old_user_ids uuid[],
  p_new_user_ids uuid[])
returns void
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
  v_now     constant timestamptz := clock_timestamp();
  v_numbers smallint[];
  v_silent  boolean[];
begin
  -- By number, in their order: what it is sealed with, which is the same for whoever
  -- holds it, and whether it is silent.
  v_numbers := contact_sync_book_key_numbers(array(
    select distinct on (c.phone_key) c.owner_id
      from unnest(p_owner_ids, p_phone_keys) as c (owner_id, phone_key)
     order by c.phone_key));
  v_silent := array(
    select coalesce(d.is_silent, false)
      from (select distinct pg_catalog.unnest(p_phone_keys)) as k (phone_key)
      left join phones d on d.phone_key = k.phone_key
     order by k.phone_key);

  insert into contact_sync_outbox (
    is_link, user_id, phone_key, key_number, is_silent, owner_ids, changed_at, due_at)
  with changed as (
    select c.owner_id, c.phone_key, c.old_user_id, c.new_user_id,
           dense_rank() over (order by c.phone_key) as place
      from unnest(p_owner_ids, p_phone_keys, p_old_user_ids, p_new_user_ids) as c (owner_id, phone_key, old_user_id, new_user_id)
  ), event as (
    select distinct false as is_link, c.old_user_id as user_id, c.phone_key, c.place, c.owner_id
      from changed c
     where c.old_user_id is not null
     union all
    select distinct true, c.new_user_id, c.phone_key, c.place, c.owner_id
      from changed c
     where c.new_user_id is not null
  ), numbered as (
    select e.is_link, e.user_id, e.phone_key, e.place, e.owner_id,
           (row_number() over (partition by e.is_link, e.user_id, e.phone_key order by e.owner_id) - 1::bigint) / 1000::bigint as part
      from event e
  ), message as (
    select n.is_link, n.user_id, n.phone_key, n.place,
           pg_catalog.array_agg(n.owner_id order by n.owner_id) as owner_ids
      from numbered n
     group by n.is_link, n.user_id, n.phone_key, n.place, n.part
  )
  select m.is_link, m.user_id, m.phone_key, v_numbers[m.place], m.is_link and v_silent[m.place], m.owner_ids, v_now, v_now
    from message m
   order by m.is_link, m.phone_key;
end
$$;


-- Writes to the outbox what is about to happen to stored links, in the same
-- transaction: row i of the three arrays is a stored contact and the user whom it
-- is about to be linked to, NULL for nobody. To be called by whoever changes
-- links, where contact_sync_has_outbox(), with the owners locked and BEFORE the
-- rows are written: it compares with the link that is stored.
--
-- Contacts that are not stored yet are none of its business: who is found by a sync
-- did not just join.
-- For service_role.
create function contact_sync_announce(
  p_owner_ids     uuid[],
  p_phone_keys    uuid[],
  p_link_user_ids uuid[])
returns void
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
  v_group  uuid[];
  -- what changes, row i of the four arrays
  v_owners uuid[] := '{}';
  v_keys   uuid[] := '{}';
  v_old    uuid[] := '{}';
  v_new    uuid[] := '{}';
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_owners operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.owner_id), '{}'),
           v_keys operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.phone_key), '{}'),
           v_old operator(pg_catalog.||) coalesce(pg_catalog.array_agg(c.linked_user_id), '{}'),
           v_new operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.link_user_id), '{}')
      into v_owners, v_keys, v_old, v_new
      from unnest(p_owner_ids, p_phone_keys, p_link_user_ids) as t (owner_id, phone_key, link_user_id)
      -- Between and not equal: or else the planner may look up each owner among
      -- all who hold the number, instead of by the primary key.
      join contacts_with_accounts c
        on c.owner_id = t.owner_id
       and c.phone_key between t.phone_key and t.phone_key
       and (v_group is null or c.owner_id = any (v_group))
     where c.linked_user_id is distinct from t.link_user_id;
  end loop;
  if pg_catalog.cardinality(v_owners) > 0 then
    perform contact_sync_write_messages(v_owners, v_keys, v_old, v_new);
  end if;
end
$$;


-- Takes a user who is erased out of the outbox: what was to tell of their link
-- goes, and what was set aside, and they are taken off the owners of the other
-- messages. Those that wait and tell that a link to them is gone
-- (contacts.unlinked) stay, and the erasure itself adds such: they name the user
-- until they are delivered. To be called by whoever erases, with the user locked.
-- For service_role.
--
-- Reads the outbox from end to end, which is nearly always empty.
create function contact_sync_forget_messages(p_user_id uuid)
returns void
language plpgsql volatile
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
  delete from contact_sync_outbox o
   where o.user_id = p_user_id and (o.is_link or o.due_at is null)
      or o.owner_ids operator(pg_catalog.=) array[p_user_id];
  update contact_sync_outbox o
     set owner_ids = pg_catalog.array_remove(o.owner_ids, p_user_id)
   where o.owner_ids operator(pg_catalog.@>) array[p_user_id];
end
$$;


-- How long a message waits after so many attempts have failed, with a fifth more
-- or less by chance, so that many do not come back all at once; NULL after the
-- last: three days in all. For service_role.
create function contact_sync_delivery_delay(p_attempts integer)
returns interval
language plpgsql volatile
set search_path from current
as $$
declare
  -- 5 and 30 seconds, 2, 10 and 30 minutes; 1, 2, 4, 6, 8, 12, 12, 12 and 14 hours
  c_seconds constant integer[] := '{5,30,120,600,1800,3600,7200,14400,21600,28800,43200,43200,43200,50400}';
begin
  return c_seconds[p_attempts]::float8 * (0.8::float8 + 0.4::float8 * random()) * interval '1 second';
end
$$;


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


-- Has messages delivered again that failed: at once, and with all attempts before
-- them. p_message_ids are those that are meant, NULL means all, both those that
-- were set aside and those that wait for their next attempt. Each keeps its id, so
-- that a receiver that had it after all knows it. Returns how many there are.
-- For service_role.
create function replay_webhook_messages(p_message_ids uuid[] default null)
returns integer
language plpgsql volatile
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
declare
  v_now   constant timestamptz := clock_timestamp();
  v_count integer;
begin
  with failed as (
    select q.message_id
      from contact_sync_outbox q
     where (p_message_ids is null or q.message_id = any (p_message_ids))
       -- of those that wait, one that is being delivered just now has none
       and (q.due_at is null or q.last_failure is not null)
     order by q.message_id
       for update
  )
  update contact_sync_outbox o
     set attempts = 0,
         due_at = v_now,
         set_aside_at = null
    from failed f
   where o.message_id = f.message_id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('019_tell_webhooks', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
