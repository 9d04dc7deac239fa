-- Moves books to the next key: those that contact_sync_take_books() has locked in this
-- transaction, with what their phone keys become; the arrays of keys run in parallel. What
-- was chosen and linked stays; streams go on. Sessions are dropped, devices and whoever
-- follows begin anew, since what they know is sealed with the key before. Returns how many
-- contacts there were. For service_role.
--
-- A number whose link changes just now waits in the queue by both its keys. The linker may be
-- done with the next one, having looked before this book was there; so what still waits by
-- the old key is enqueued by the next one once more. Whatever changes after that look is
-- the linker's, who waits for this transaction: it is behind the fence.
create function contact_sync_move_books(
  p_owner_ids       uuid[],
  p_phone_keys      uuid[],
  p_next_phone_keys uuid[])
returns integer
language plpgsql volatile
set search_path from current
-- planner profile: by sorted keys
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_new      constant smallint := contact_sync_new_key_number();
  v_mark     constant uuid := gen_random_uuid();
  v_contacts integer := 0;
  v_count    integer;
  v_group    uuid[];
begin
  perform contact_sync_require_all(p_owner_ids, 'p_owner_ids');
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_require_all(p_next_phone_keys, 'p_next_phone_keys');

  if contact_sync_is_queue_large()
     or exists (select 1 from contact_sync_pending_links limit 1)
  then
    insert into contact_sync_pending_links (phone_key, is_return, fence_holders)
    select distinct m.next_key, q.is_return, case when q.is_return then '{}'::bigint[] end
      from unnest(p_phone_keys, p_next_phone_keys) as m (phone_key, next_key)
      join contact_sync_pending_links q on q.phone_key = m.phone_key;
  end if;
  -- A book that comes late, when nobody writes with two keys any more, has missed what came
  -- since.
  if not exists (select 1 from contact_sync_seal s where s.is_moving limit 1) then
    insert into contact_sync_pending_links (phone_key)
    select m.next_key
      from pg_catalog.unnest(p_next_phone_keys) as m (next_key);
  end if;

  for v_group in
    select coalesce(g.owner_ids, p_owner_ids) from contact_sync_owner_groups(p_owner_ids) as g (owner_ids)
  loop
    update contacts_with_accounts c
       set phone_key = m.next_key
      from unnest(p_phone_keys, p_next_phone_keys) as m (phone_key, next_key)
     where c.owner_id = any (v_group)
       and c.phone_key = m.phone_key;
    get diagnostics v_count = row_count;
    v_contacts := v_contacts + v_count;
    update contact_sync_kept_choices k
       set phone_key = m.next_key
      from unnest(p_phone_keys, p_next_phone_keys) as m (phone_key, next_key)
     where k.owner_id = any (v_group)
       and k.phone_key = m.phone_key;
    update contact_sync_staged_keys t
       set phone_key = m.next_key
      from unnest(p_phone_keys, p_next_phone_keys) as m (phone_key, next_key)
     where t.owner_id = any (v_group)
       and t.phone_key = m.phone_key;

    -- First the sessions: that waits for a part that is being staged, and it goes with the
    -- others.
    delete from contact_sync_sessions e where e.owner_id = any (v_group);
    delete from contact_sync_session_parts p where p.owner_id = any (v_group);
    update contact_sync_devices d
       set sync_mark = v_mark
     where d.owner_id = any (v_group);
    perform contact_sync_number_links(v_group, true);
    update contact_sync_status s
       set key_number = v_new
     where s.owner_id = any (v_group);
  end loop;
  update contact_sync_renewed_links r
     set phone_key = m.next_key
    from unnest(p_phone_keys, p_next_phone_keys) as m (phone_key, next_key)
   where r.owner_id = any (p_owner_ids)
     and r.phone_key = m.phone_key;
  return v_contacts;
end
$$;
