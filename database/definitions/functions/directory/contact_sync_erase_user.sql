-- What erase_user() does; beside its counts it returns the numbers that left the
-- directory, which the library then has the linker see to at once, and the moment from
-- which on nothing of before counts.
--
-- It waits for syncs of the user, and for nobody who is not concerned: links to
-- the user in books whose owners are locked are left to the linker, and so are
-- those that bulk inserts give that are open now. No read shows them meanwhile
-- (contact_sync_erasures). Other owners are locked last of all, when nothing is
-- waited for any more.
create function contact_sync_erase_user(
  p_user_id uuid,
  out contacts_deleted    integer,
  out phones_unlinked     integer,
  out given_links_removed integer,
  out runs_folded         integer,
  out phone_keys          uuid[],
  out erased_at           timestamptz)
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
  v_digest constant bytea := sha256(uuid_send(p_user_id));
  v_now    constant timestamptz := clock_timestamp();
  v_key_number smallint;
  v_removed uuid[];
  v_count  integer;
  v_owners uuid[];
  v_keys   uuid[];
  v_locked integer[];
  v_late   uuid[];
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_user_id]);

  -- Locked in key order before they go, as link_phones() locks them. Looked for until
  -- there is none: a rotation may have given a number its second row meanwhile.
  phone_keys := '{}';
  phones_unlinked := 0;
  loop
    v_key_number := contact_sync_key_number();
    v_removed := array(select d.phone_key from phones d where d.linked_user_id = p_user_id);
    perform from contact_sync_lock_numbers(v_removed);
    select coalesce(pg_catalog.array_agg(d.phone_key order by d.phone_key), '{}'),
           count(*) filter (where d.key_number = v_key_number)
      into v_removed, v_count
      from phones d
     where d.phone_key = any (v_removed)
       and d.linked_user_id = p_user_id;
    exit when pg_catalog.cardinality(v_removed) = 0;
    phone_keys := phone_keys operator(pg_catalog.||) v_removed;
    phones_unlinked := phones_unlinked + v_count;
    delete from phones d where d.phone_key = any (v_removed);
    insert into contact_sync_pending_links (phone_key)
    select r.phone_key
      from pg_catalog.unnest(v_removed) as r (phone_key);
  end loop;

  delete from contacts_with_accounts c where c.owner_id = p_user_id;
  get diagnostics contacts_deleted = row_count;

  delete from contact_sync_devices d where d.owner_id = p_user_id;
  delete from contact_sync_kept_choices k where k.owner_id = p_user_id;
  -- First the sessions: that waits for a part that is being staged, and it goes with
  -- the others.
  delete from contact_sync_sessions e where e.owner_id = p_user_id;
  delete from contact_sync_session_parts p where p.owner_id = p_user_id;
  delete from contact_sync_blocks b where b.user_id = p_user_id or b.blocked_user_id = p_user_id;
  delete from contact_sync_consent o where o.user_id = p_user_id;
  delete from contact_sync_pending_books b where b.person_id = p_user_id and not b.are_given;
  perform contact_sync_forget_messages(p_user_id);
  -- What the app calls them, which messages that links to them are gone still have to say.
  if contact_sync_has_outbox() then
    update contact_sync_users u
       set erased_at = v_now
     where u.user_id = p_user_id
       and u.erased_at is null;
  else
    delete from contact_sync_users u where u.user_id = p_user_id;
  end if;
  delete from contact_sync_streams t where t.owner_id = p_user_id;
  delete from contact_sync_staged_keys s where s.owner_id = p_user_id;
  delete from contact_sync_answers a where a.owner_id = p_user_id;
  delete from contact_sync_renewed_links r where r.owner_id = p_user_id or r.user_digest = v_digest;
  -- where the walk of apply_retention() has stopped; it begins anew
  update contact_sync_settings w
     set retention_at_owner_id = null
   where w.retention_at_owner_id = p_user_id;
  runs_folded := contact_sync_fold(p_user_id, null::timestamptz);
  delete from contact_sync_status s where s.owner_id = p_user_id;

  -- From here on no given link to the user counts, whoever gave it. An earlier
  -- erasure that is not settled yet begins anew.
  erased_at := clock_timestamp();
  insert into contact_sync_erasures as e (user_digest, erased_at)
  values (v_digest, contact_sync_erase_user.erased_at)
      on conflict (user_digest) do update
     set erased_at = excluded.erased_at,
         is_settled = false,
         fence_holders = null,
         late_owner_ids = null,
         late_since = null;

  select coalesce(pg_catalog.array_agg(c.owner_id), '{}'), coalesce(pg_catalog.array_agg(c.phone_key), '{}')
    into v_owners, v_keys
    from contacts_with_accounts c
   where c.link_given
     and c.linked_user_id = p_user_id;
  v_locked := contact_sync_try_lock_owners(v_owners);
  given_links_removed := contact_sync_take_given_links(
    array(select v_owners[l.place] from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
    array(select v_keys[l.place]   from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
    v_digest);
end
$$;
