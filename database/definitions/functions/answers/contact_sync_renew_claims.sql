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
