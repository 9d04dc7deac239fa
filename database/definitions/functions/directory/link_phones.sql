-- Enters verified numbers in the directory: number i belongs to user i since
-- p_verified_at[i] (NULL: now). A newer verification takes a number over from
-- whoever had it; an older one than the one on record is refused, and its
-- position, counted from 0, comes back in outdated_positions. Where a number
-- comes twice, the newest verification wins (of equal ones, the last). A number that
-- was forgotten is entered by a verification that is newer than that, and by no other.
--
-- With p_announce false, contacts are linked without a notification ("X joined"): the
-- newest verification says so for all of them that follow from it.
--
-- While the sealing key is being changed, p_next_phone_keys are the same numbers by the
-- next key: the directory has each twice. YC035 where they are missing, and where they
-- are given and no change is under way.
--
-- The links of contacts follow by link_pending_phones(), for those who may find the
-- user (set_discoverability()).
-- At most 10,000 numbers a call. For service_role.
create function link_phones(
  p_phone_keys      uuid[],
  p_user_ids        uuid[],
  p_verified_at     timestamptz[] default null,
  p_announce        boolean       default true,
  p_next_phone_keys uuid[]        default null,
  out phones_linked      integer,  -- entered, taken over, or verified anew
  out phones_unchanged   integer,  -- on record just so, or repeated in the call
  out outdated_positions integer[])
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
  v_now        constant timestamptz := clock_timestamp();
  v_number     smallint;
  v_changed    uuid[];
  v_old_keys   uuid[];
  v_old_users  uuid[];
  v_position   bigint;
begin
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_require_all(p_user_ids, 'p_user_ids');
  if pg_catalog.cardinality(p_user_ids) <> pg_catalog.cardinality(p_phone_keys)
     or pg_catalog.cardinality(p_verified_at) <> pg_catalog.cardinality(p_phone_keys) then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_phone_keys, p_user_ids and p_verified_at must be equally long';
  end if;
  -- A time far ahead would hold a number against every later verification.
  select min(v.position) - 1
    into v_position
    from pg_catalog.unnest(p_verified_at) with ordinality as v (at, position)
   where not isfinite(v.at)
      or v.at > v_now + interval '1 day';
  if v_position is not null then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: the time of verification at position %s must be finite and not more than a day ahead of the database''s clock',
                       v_position),
      detail = pg_catalog.json_build_object('position', v_position)::text,
      hint = 'Nothing was written.';
  end if;
  perform contact_sync_require(p_announce is not null, 'p_announce');
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_check_next_keys(p_phone_keys, p_next_phone_keys);
  v_number := contact_sync_key_number();

  -- In key order, so that two calls don't wait for each other. Those on record
  -- are locked first: only so it is certain whose they were.
  select l.phone_keys, l.user_ids
    into v_old_keys, v_old_users
    from contact_sync_lock_numbers(p_phone_keys) as l;
  v_changed := contact_sync_write_numbers(p_phone_keys, p_user_ids, p_verified_at, v_now, not p_announce, v_number);

  phones_linked := coalesce(pg_catalog.cardinality(v_changed), 0);
  -- What the one row says, decided and locked, the other one says.
  if phones_linked > 0 and p_next_phone_keys is not null then
    insert into phones as d (phone_key, linked_user_id, verified_at, is_silent, key_number)
    select distinct on (g.next_key) g.next_key, o.linked_user_id, o.verified_at, o.is_silent, v_number + 1::smallint
      from unnest(p_phone_keys, p_next_phone_keys) as g (phone_key, next_key)
      join phones o on o.phone_key = g.phone_key
     where g.phone_key = any (v_changed)
     order by g.next_key
        on conflict (phone_key) do update
       set linked_user_id = excluded.linked_user_id,
           verified_at = excluded.verified_at,
           is_silent = excluded.is_silent;
    select v_old_keys operator(pg_catalog.||) pg_catalog.array_agg(t.next_key),
           v_old_users operator(pg_catalog.||) pg_catalog.array_agg(t.user_id)
      into v_old_keys, v_old_users
      from (select distinct g.next_key, o.user_id
              from unnest(p_phone_keys, p_next_phone_keys) as g (phone_key, next_key)
              join unnest(v_old_keys, v_old_users) as o (phone_key, user_id) on o.phone_key = g.phone_key) as t;
    v_changed := array(
      select pg_catalog.unnest(v_changed)
       union
      select g.next_key
        from unnest(p_phone_keys, p_next_phone_keys) as g (phone_key, next_key)
       where g.phone_key = any (v_changed));
  end if;
  -- Asked after the numbers were written, that is locked: an earlier change that
  -- the linker has not finished stands in the queue. If the number is another's than
  -- it was a moment ago, somebody may have read that it was nobody's.
  insert into contact_sync_pending_links (phone_key, is_return, fence_holders)
  select c.phone_key, c.is_return, case when c.is_return then '{}'::bigint[] end
    from (select n.phone_key,
                 d.linked_user_id is distinct from o.user_id
                 and exists (select from contact_sync_pending_links q where q.phone_key = n.phone_key) as is_return
            from pg_catalog.unnest(v_changed) as n (phone_key)
            join phones d on d.phone_key = n.phone_key
            left join unnest(v_old_keys, v_old_users) as o (phone_key, user_id) on o.phone_key = n.phone_key) as c;

  -- Whom they may find may depend on the numbers that they have.
  if phones_linked > 0 and contact_sync_is_anybody_mutual() then
    perform contact_sync_recheck_owners(pg_catalog.array_agg(o.id))
       from (select d.linked_user_id as id
               from phones d
              where d.phone_key = any (v_changed)
              union
             select w.user_id
               from unnest(v_old_keys, v_old_users) as w (phone_key, user_id)
              where w.phone_key = any (v_changed)) as o;
  end if;

  -- Refused is what the directory now knows better than the caller.
  select coalesce(pg_catalog.array_agg(g.position - 1 order by g.position), '{}')
    into outdated_positions
    from unnest(p_phone_keys, p_user_ids, p_verified_at) with ordinality
         as g (phone_key, user_id, verified_at, position)
    join phones d on d.phone_key = g.phone_key
   where not g.phone_key = any (coalesce(v_changed, '{}'))
     and (   coalesce(g.verified_at, v_now) < d.verified_at
          or (coalesce(g.verified_at, v_now) = d.verified_at and g.user_id is distinct from d.linked_user_id));
  phones_unchanged := pg_catalog.cardinality(p_phone_keys) - phones_linked - pg_catalog.cardinality(outdated_positions);
end
$$;
