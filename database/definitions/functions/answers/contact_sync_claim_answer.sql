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
