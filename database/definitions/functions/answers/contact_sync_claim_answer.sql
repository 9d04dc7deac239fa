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
