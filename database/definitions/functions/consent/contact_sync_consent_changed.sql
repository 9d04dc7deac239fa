-- Has the linker look at what a choice or a block changes: the links to a user, of
-- p_owner_id or (NULL) of everybody who has a number of theirs. p_gains: somebody may
-- find them now who might not before, and who may have seen them gone a moment ago.
-- The caller is behind the fence and holds the user's lock.
create function contact_sync_consent_changed(
  p_user_id  uuid,
  p_owner_id uuid,
  p_gains    boolean)
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
  v_is_return boolean;
begin
  insert into contact_sync_pending_links (phone_key, owner_id, is_return, fence_holders)
  select n.phone_key, p_owner_id, n.is_return, case when n.is_return then '{}'::bigint[] end
    from (select d.phone_key,
                 p_gains
                 and exists (select
                               from contact_sync_pending_links q
                              where q.phone_key = d.phone_key
                                and (q.owner_id is null or p_owner_id is null or q.owner_id = p_owner_id)) as is_return
            from phones d
           where d.linked_user_id = p_user_id) as n;
  -- Links that were given to them, whatever the number.
  v_is_return := p_gains and exists (select
                                       from contact_sync_pending_books b
                                      where b.are_given
                                        and (b.person_id = p_user_id or b.person_id is null));
  insert into contact_sync_pending_books (person_id, are_given, is_return)
  values (p_user_id, true, v_is_return);
end
$$;
