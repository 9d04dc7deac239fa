-- Takes numbers out of the directory and returns how many there were. With
-- p_user_ids, a number is taken out only while it belongs to user i, so that a
-- late call can't take away what somebody else has verified since. A number that was
-- forgotten stays so (lift_forgotten_phone()).
--
-- At once, no read shows those links any more; the stored ones follow by
-- link_pending_phones(). At most 10,000 numbers a call. p_next_phone_keys are the same
-- numbers by the next key, as of link_phones(). For service_role.
create function unlink_phones(
  p_phone_keys      uuid[],
  p_user_ids        uuid[] default null,
  p_next_phone_keys uuid[] default null)
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
  v_removed uuid[];
  v_users   uuid[];
  -- those, and the same numbers by the next key
  v_gone    uuid[];
begin
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  if p_user_ids is not null then
    perform contact_sync_require_all(p_user_ids, 'p_user_ids');
  end if;
  if pg_catalog.cardinality(p_user_ids) <> pg_catalog.cardinality(p_phone_keys) then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_phone_keys and p_user_ids must be equally long';
  end if;
  perform contact_sync_check_next_keys(p_phone_keys, p_next_phone_keys);

  perform contact_sync_enter_fence();

  -- Locked in key order before they go, as link_phones() locks them.
  select l.phone_keys, l.user_ids
    into v_removed, v_users
    from contact_sync_lock_numbers(p_phone_keys) as l;
  select coalesce(pg_catalog.array_agg(d.phone_key), '{}'), pg_catalog.array_agg(d.user_id)
    into v_removed, v_users
    from unnest(v_removed, v_users) as d (phone_key, user_id)
   where d.user_id is not null
     and (p_user_ids is null
          or (d.phone_key, d.user_id) in (select g.phone_key, g.user_id
                                            from unnest(p_phone_keys, p_user_ids) as g (phone_key, user_id)));
  if pg_catalog.cardinality(v_removed) = 0 then
    return 0;
  end if;
  v_gone := v_removed;
  if p_next_phone_keys is not null then
    v_gone := v_gone operator(pg_catalog.||) array(
      select distinct g.next_key
        from unnest(p_phone_keys, p_next_phone_keys) as g (phone_key, next_key)
       where g.phone_key = any (v_removed));
  end if;
  delete from phones d where d.phone_key = any (v_gone);
  insert into contact_sync_pending_links (phone_key)
  select g.phone_key
    from pg_catalog.unnest(v_gone) as g (phone_key);

  -- Whom they may find may depend on the numbers that they have.
  if contact_sync_is_anybody_mutual() then
    perform contact_sync_recheck_owners(v_users);
  end if;
  return pg_catalog.cardinality(v_removed);
end
$$;
