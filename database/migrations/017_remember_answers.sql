-- 017_remember_answers.sql
-- Answers kept for requests that carry an idempotency key.
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


-- Requests that carried an idempotency key, for a day, so that a repeated one is
-- told what the first did. Kept is what that came to in figures, encrypted, and
-- never whom it named: a repeat asks for the matches again. Key and body are
-- keyed digests: each of them may be made of numbers.
create table contact_sync_answers (
  owner_id      uuid        not null, -- all zeros for callers that are no user
  route         text        not null,
  key_digest    text        not null,
  fingerprint   text        not null,
  answer        bytea,                -- NULL while the first request is at work
  claim_id      uuid        not null, -- whose work it is: that request's alone
  claimed_until timestamptz not null, -- renewed while it works; then others may
  key_number    smallint    not null default contact_sync_key_number(), -- what all of it was made with
  created_at    timestamptz not null default now(),

  constraint contact_sync_answers_pkey primary key (owner_id, route, key_digest),
  constraint contact_sync_answers_answer_is_short check (octet_length(answer) <= 2048)
);

-- For pruning.
create index contact_sync_answers_created_at_idx on contact_sync_answers (created_at);

alter table contact_sync_answers enable row level security;


-- Claims an idempotency key for one request. Says 'claimed' to the first, who
-- then works, renews the claim meanwhile, and keeps its answer or releases the
-- claim; 'answered', with the answer, to one that repeats it; 'in_use' while the
-- first is at work, with the time after which its claim has ended unless renewed;
-- 'reused' to one with another body.
--
-- p_claim_id is new for each request: keeping, renewing and releasing act on the
-- claim that bears it and on no other, so that whoever wakes late, when others
-- have taken the key over, changes nothing.
--
-- An owner has about p_kept_keys keys, the newest ones; NULL for no limit. One
-- claim in sixteen, by its id, counts them, and takes a tenth away at once.
-- p_key_number is of the key that the digests are made with.
-- For service_role.
create function contact_sync_claim_answer(
  p_owner_id    uuid,
  p_route       text,
  p_key_digest  text,
  p_fingerprint text,
  p_claim_id    uuid,
  p_lease       interval,
  p_kept_keys   integer,
  p_key_number  smallint,
  out claim               text,
  out answer              bytea,
  out retry_after_seconds integer)
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
  v_now  timestamptz;
  v_keys bigint;
  v_kept contact_sync_answers;
begin
  loop
    insert into contact_sync_answers as a (
      owner_id, route, key_digest, fingerprint, claim_id, claimed_until, created_at, key_number)
    values (
      p_owner_id, p_route, p_key_digest, p_fingerprint, p_claim_id,
      clock_timestamp() + p_lease, clock_timestamp(), p_key_number)
        on conflict do nothing;
    exit when found;

    select *
      into v_kept
      from contact_sync_answers a
     where a.owner_id = p_owner_id
       and a.route = p_route
       and a.key_digest = p_key_digest
       for update;
    continue when not found; -- released between the two statements

    v_now := clock_timestamp();
    case
      when v_kept.created_at < v_now - interval '1 day'
        or (v_kept.answer is null and v_kept.claimed_until < v_now) then
        update contact_sync_answers a
           set fingerprint = p_fingerprint,
               answer = null,
               claim_id = p_claim_id,
               claimed_until = v_now + p_lease,
               created_at = v_now
         where a.owner_id = p_owner_id
           and a.route = p_route
           and a.key_digest = p_key_digest;
        claim := 'claimed';
      when v_kept.fingerprint <> p_fingerprint then
        claim := 'reused';
      when v_kept.answer is null then
        claim := 'in_use';
        retry_after_seconds := greatest(1, ceil(extract(epoch from v_kept.claimed_until - v_now)));
      else
        claim := 'answered';
        answer := v_kept.answer;
    end case;
    return;
  end loop;

  claim := 'claimed';
  if p_kept_keys is null or get_byte(uuid_send(p_claim_id), 15) >= 16 then
    return;
  end if;
  select count(*)
    into v_keys
    from contact_sync_answers a
   where a.owner_id = p_owner_id;
  if v_keys <= p_kept_keys then
    return;
  end if;

  -- Told from the newest end, so that several claims that count at once take the
  -- same ones away; and none waits for another.
  with oldest as (
    select a.route, a.key_digest
      from contact_sync_answers a
     where a.owner_id = p_owner_id
       and a.created_at <= (select n.created_at
                              from contact_sync_answers n
                             where n.owner_id = p_owner_id
                             order by n.created_at desc
                            offset p_kept_keys * 9 / 10
                             limit 1)
       for update skip locked
  )
  delete from contact_sync_answers a
   using oldest o
   where a.owner_id = p_owner_id
     and a.route = o.route
     and a.key_digest = o.key_digest;
end
$$;


-- Prolongs the claims of one process, which are alive as long as it does this;
-- those that others have taken over meanwhile are not touched. The first four
-- arrays name a claim by position. Returns how many were prolonged.
-- For service_role.
create function contact_sync_renew_claims(
  p_owner_ids   uuid[],
  p_routes      text[],
  p_key_digests text[],
  p_claim_ids   uuid[],
  p_lease       interval,
  out renewed integer)
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
  v_until constant timestamptz := clock_timestamp() + p_lease;
  v_group uuid[];
  v_count integer;
begin
  renewed := 0;
  -- One that is being answered, taken over or erased just now is passed by: to
  -- wait for it would be to let all the others end.
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    with held as (
      select a.owner_id, a.route, a.key_digest
        from unnest(p_owner_ids, p_routes, p_key_digests, p_claim_ids)
          as c (owner_id, route, key_digest, claim_id)
        join contact_sync_answers a on a.owner_id = c.owner_id
                                   and a.route = c.route
                                   and a.key_digest = c.key_digest
                                   and a.claim_id = c.claim_id
       where a.answer is null
         and (v_group is null or a.owner_id = any (v_group))
         for update of a skip locked
    )
    update contact_sync_answers a
       set claimed_until = v_until
      from held h
     where a.owner_id = h.owner_id
       and a.route = h.route
       and a.key_digest = h.key_digest
       and (v_group is null or a.owner_id = any (v_group));
    get diagnostics v_count = row_count;
    renewed := renewed + v_count;
  end loop;
end
$$;


-- Keeps the answer of a claimed request; NULL releases the claim, for a request
-- that failed and may be tried again. Does nothing where the claim is no longer
-- the caller's: its key was taken over, or its user erased. For service_role.
create function contact_sync_keep_answer(
  p_owner_id   uuid,
  p_route      text,
  p_key_digest text,
  p_claim_id   uuid,
  p_answer     bytea)
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if p_answer is null then
    delete from contact_sync_answers a
     where a.owner_id = p_owner_id
       and a.route = p_route
       and a.key_digest = p_key_digest
       and a.claim_id = p_claim_id
       and a.answer is null;
  else
    update contact_sync_answers a
       set answer = p_answer
     where a.owner_id = p_owner_id
       and a.route = p_route
       and a.key_digest = p_key_digest
       and a.claim_id = p_claim_id
       and a.answer is null;
  end if;
end
$$;


-- Which of the given numbers are stored contacts of the owner that are linked,
-- to whom, and whether that came about without a notification, by the rule of
-- every read (contact_sync_confirmed_contacts): what a sync of these numbers would
-- report, asked without writing anything.
--
-- The directory is asked only about contacts whose stored link says something,
-- few in most books. For service_role.
create function contact_sync_find_matches(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  out matched_phone_hashes text[],
  out matched_user_ids     uuid[],
  out matched_silent       boolean[])
language plpgsql stable
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
  v_linked_keys uuid[];
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_keys is not null, 'p_phone_keys');
  v_linked_keys := array(select c.phone_key
                           from contacts_with_accounts c
                          where c.owner_id = p_owner_id
                            and c.phone_key = any (p_phone_keys)
                            and c.linked_user_id is not null
                          order by c.phone_key);

  select coalesce(pg_catalog.array_agg(replace(m.phone_key::text, '-', '')), '{}'),
         coalesce(pg_catalog.array_agg(m.linked_user_id), '{}'),
         coalesce(pg_catalog.array_agg(m.is_silent), '{}')
    into matched_phone_hashes, matched_user_ids, matched_silent
    from (select c.phone_key, c.linked_user_id,
                 case
                   when c.link_number is not null then c.link_number % 2::bigint = 1::bigint
                   -- not changed since the book began
                   else exists (select from phones d where d.phone_key = c.phone_key and d.is_silent)
                 end as is_silent
            from contact_sync_confirmed_contacts c
           where c.owner_id = p_owner_id
             and c.phone_key = any (v_linked_keys)
             and c.linked_user_id is not null
           order by c.phone_key) as m;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('017_remember_answers', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
