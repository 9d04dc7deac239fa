-- Drops the ids of users whom nothing names any more (contact_sync_named_users()), which
-- nobody needs. A portion a call, in the order of the UUIDs, behind p_after; last_user_id
-- is the p_after of the next one, NULL behind the last. Waits for nobody: an id that
-- somebody has locked is in use. For service_role.
create function contact_sync_drop_unused_users(
  p_after uuid,
  p_limit integer,
  out last_user_id  uuid,
  out users_dropped integer)
language plpgsql volatile
set search_path from current
-- planner profile: by index and bitmap
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_user_ids uuid[];
  v_unused   uuid[];
begin
  perform contact_sync_check_range(p_limit, 1, 100000, 'p_limit', 'Call again for what is left.');
  perform contact_sync_require_read_committed();
  users_dropped := 0;
  v_user_ids := array(
    select u.user_id
      from contact_sync_users u
     where u.user_id >= coalesce(p_after, '00000000-0000-0000-0000-000000000000'::uuid)
       and u.user_id is distinct from p_after
       and u.erased_at is null
     order by u.user_id
     limit p_limit);
  if pg_catalog.cardinality(v_user_ids) = p_limit then
    last_user_id := v_user_ids[p_limit];
  end if;

  v_unused := array(
    select n.id from pg_catalog.unnest(v_user_ids) as n (id)
    except
    select n.id from pg_catalog.unnest(contact_sync_named_users(v_user_ids)) as n (id));
  if pg_catalog.cardinality(v_unused) = 0 then
    return;
  end if;
  v_unused := array(
    select u.user_id
      from contact_sync_users u
     where u.user_id = any (v_unused)
       and u.erased_at is null
     order by u.user_id
       for update skip locked);
  -- Asked again now that nobody else has them.
  v_unused := array(
    select n.id from pg_catalog.unnest(v_unused) as n (id)
    except
    select n.id from pg_catalog.unnest(contact_sync_named_users(v_unused)) as n (id));
  -- Of whom a message is yet to tell.
  delete from contact_sync_users u
   where u.user_id = any (v_unused)
     and not exists (select from contact_sync_outbox o where o.user_id = u.user_id);
  get diagnostics users_dropped = row_count;
end
$$;
