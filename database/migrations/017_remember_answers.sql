-- 017_remember_answers.sql
-- Answers kept for requests that carry an idempotency key.
--
-- Composed from database/definitions (npm run compose): change it there.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Answers to requests that carried an idempotency key, for a day, so that a
-- repeated request gets the first one's answer. Key and body are kept as keyed
-- digests and the answer encrypted: each of them may be made of numbers.
create table contact_sync_answers (
  owner_id      uuid        not null, -- all zeros for callers that are no user
  route         text        not null,
  key_digest    text        not null,
  fingerprint   text        not null,
  answer        bytea,                -- NULL while the first request is at work
  claimed_until timestamptz not null, -- then its claim ends, answered or not
  created_at    timestamptz not null default now(),

  constraint contact_sync_answers_pkey primary key (owner_id, route, key_digest)
);

-- For pruning.
create index contact_sync_answers_created_at_idx on contact_sync_answers (created_at);

alter table contact_sync_answers enable row level security;


-- Claims an idempotency key for one request. Says 'claimed' to the first, who
-- then works and keeps or releases the answer; 'answered', with the answer, to
-- one that repeats it; 'in_use' while the first is at work; 'reused' to one
-- with another body. A claim that was neither kept nor released ends after
-- p_lease, because its server is gone. For service_role.
create function contact_sync_claim_answer(
  p_owner_id    uuid,
  p_route       text,
  p_key_digest  text,
  p_fingerprint text,
  p_lease       interval,
  out claim  text,
  out answer bytea)
language plpgsql volatile
set search_path from current
as $$
declare
  v_now  constant timestamptz := clock_timestamp();
  v_kept contact_sync_answers;
begin
  insert into contact_sync_answers (owner_id, route, key_digest, fingerprint, claimed_until)
  values (p_owner_id, p_route, p_key_digest, p_fingerprint, v_now + p_lease)
      on conflict do nothing;
  if found then
    claim := 'claimed';
    return;
  end if;

  select *
    into v_kept
    from contact_sync_answers a
   where a.owner_id = p_owner_id
     and a.route = p_route
     and a.key_digest = p_key_digest
     for update;

  case
    -- released between the two statements, so to be claimed by a further try
    when not found then
      claim := 'in_use';
    when v_kept.created_at < v_now - interval '1 day'
      or (v_kept.answer is null and v_kept.claimed_until < v_now) then
      update contact_sync_answers a
         set fingerprint = p_fingerprint,
             answer = null,
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
    else
      claim := 'answered';
      answer := v_kept.answer;
  end case;
end
$$;


-- Keeps the answer of a claimed request; NULL releases the claim, for a request
-- that failed and may be tried again. For service_role.
create function contact_sync_keep_answer(
  p_owner_id   uuid,
  p_route      text,
  p_key_digest text,
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
       and a.answer is null;
  else
    update contact_sync_answers a
       set answer = p_answer
     where a.owner_id = p_owner_id
       and a.route = p_route
       and a.key_digest = p_key_digest;
  end if;
end
$$;


select contact_sync_apply_grants();
