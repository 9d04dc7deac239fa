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
