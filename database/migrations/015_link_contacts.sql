-- 015_link_contacts.sql
-- Entering and leaving the directory, the linker, and erasure.
--
-- Composed from database/definitions (npm run compose): until it is released,
-- change it there; from then on it stays as it is.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Outside of a transaction that line only warns, and what follows would be pinned to another path.
do $transaction$
begin
  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then
    raise exception using
      errcode = '25P01',
      message = 'this migration has to run in one transaction; nothing was changed',
      hint = 'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.';
  end if;
end
$transaction$;


-- The transactions of others that are behind the fence of this node, by their ids: the
-- fence's lock and the lock that each transaction has on its own id meet in the
-- virtual transaction, which a prepared transaction has as well. Beside the
-- transaction's id stand those of its savepoints that are open; they do no
-- harm, because the transaction outlasts them.
--
-- A transaction gets its id before the fence and, when it ends, gives up its id
-- first: one that is not found has ended, or has not entered yet. An id comes
-- again after four thousand million transactions, and the worst it can do then
-- is a longer wait. p_origin as of contact_sync_node_own_sessions().
create function contact_sync_node_fence_holders(p_origin text)
returns bigint[]
language sql volatile
set search_path from current
as $$
  with locks as materialized (
    select l.*
      from pg_catalog.pg_locks as l
     where l.granted
       and l.locktype in ('advisory', 'transactionid')
  )
  select array(
    select t.transactionid::text::bigint
      from locks as f
      join locks as t on t.virtualtransaction = f.virtualtransaction
     where f.locktype = 'advisory'
       and f.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
       and f.classid = x'6373796e'::integer::oid
       and f.objid = contact_sync_fence_id()::oid
       and f.objsubid = 2 -- a lock named by two integers
       -- a prepared transaction has no pid
       and coalesce(f.pid <> all ((select contact_sync_node_own_sessions(p_origin))::integer[]), true)
       and t.locktype = 'transactionid'
       and t.mode = 'ExclusiveLock')
$$;


-- The transactions of others that are behind the fence now, wherever they run. On Citus
-- each node has a fence of its own, and this asks all of them
-- (contact_sync_cluster_fence_holders()).
create function contact_sync_fence_holders()
returns bigint[]
language plpgsql volatile
set search_path from current
as $$
begin
  return contact_sync_node_fence_holders(null::text);
end
$$;


-- Which of these entries of the linker's queues, and whether this erasure, everybody can
-- see by now: on PostgreSQL what one sees all see. On Citus a change becomes visible on
-- the nodes one after another (contact_sync_cluster_shown_everywhere()). What it says is to
-- be known before contact_sync_fence_holders() is asked.
create function contact_sync_shown_everywhere(
  p_link_ids    bigint[],
  p_book_ids    bigint[],
  p_user_digest bytea,
  p_erased_at   timestamptz,
  out link_ids  bigint[],
  out book_ids  bigint[],
  out is_erased boolean)
language plpgsql volatile
set search_path from current
as $$
begin
  link_ids := p_link_ids;
  book_ids := p_book_ids;
  is_erased := true;
end
$$;


-- Whether a transaction has not ended yet, also where its id is one of a
-- savepoint that was released, of which pg_locks no longer knows. p_id is not
-- much newer than this transaction, which has an id. NULL: it is of another node (Citus).
create function contact_sync_is_in_progress(p_id bigint)
returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
  v_current constant bigint := pg_current_xact_id()::text::bigint;
  -- of the same four thousand million, or of those before
  v_id bigint := v_current - v_current % 4294967296 + p_id;
begin
  if p_id >= 4294967296 then
    return null;
  end if;
  if v_id > v_current then
    v_id := v_id - 4294967296;
  end if;
  return v_id > 0 and coalesce(pg_xact_status(v_id::text::xid8) = 'in progress', false);
end
$$;


-- Locks those of the given owners whom nobody else has locked, for the rest of
-- the transaction, and returns their places in the list, counted from 1.
-- contact_sync_lock_owners() waits for the others; this one never does, so the
-- order does not matter either. What the lock protects must be read in a later
-- statement.
--
-- Whoever has contacts has a status row, unless somebody deleted it by hand;
-- then it is made anew. That can meet somebody who is about to make it too, and
-- must not wait for them: hence the time limit.
create function contact_sync_try_lock_owners(p_owner_ids uuid[])
returns integer[]
language plpgsql volatile
set search_path from current
set lock_timeout = '50ms'
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
  v_places   integer[] := '{}';
  v_part     integer[];
  v_group    uuid[];
  v_missing  uuid[];
  v_owner_id uuid;
  v_is_made  boolean := false;
begin
  for v_round in 1 .. 2 loop
    v_places := '{}';
    for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
      v_part := array(
        select o.place::integer
          from pg_catalog.unnest(p_owner_ids) with ordinality as o (id, place)
          join contact_sync_status s on s.owner_id = o.id
         where v_group is null
            or o.id = any (v_group) and s.owner_id = any (v_group)
           for update of s skip locked);
      if pg_catalog.cardinality(v_part) > 0 then
        perform contact_sync_enter_node_fence(array(
          select p_owner_ids[l.place] from pg_catalog.unnest(v_part) as l (place)));
        v_places := v_places operator(pg_catalog.||) v_part;
      end if;
    end loop;
    exit when pg_catalog.cardinality(v_places) = pg_catalog.cardinality(p_owner_ids) or v_round = 2;

    v_missing := array(
      select m.id
        from (select distinct pg_catalog.unnest(p_owner_ids)
              except
              select s.owner_id from contact_sync_status s where s.owner_id = any (p_owner_ids)) as m (id)
       limit 10);
    foreach v_owner_id in array v_missing loop
      continue when not exists (select from contacts_with_accounts c where c.owner_id = v_owner_id);
      begin
        insert into contact_sync_status (owner_id, contacts_count)
        select v_owner_id, count(*)
          from contacts_with_accounts c
         where c.owner_id = v_owner_id
            on conflict (owner_id) do nothing;
        v_is_made := true;
      exception
        when lock_not_available then
          null; -- they are at it; the linker comes back
      end;
    end loop;
    exit when not v_is_made;
  end loop;
  return array(select l.place from pg_catalog.unnest(v_places) as l (place) order by l.place);
end
$$;


-- Has the linker look at all links of these owners again: whom they may find has
-- changed in a way of which the numbers are not known. Their syncs look at once.
create function contact_sync_recheck_owners(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  insert into contact_sync_pending_books (person_id, is_return)
  select distinct o.id, exists (select from contact_sync_pending_books b where b.person_id = o.id)
    from pg_catalog.unnest(p_owner_ids) as o (id)
   where o.id is not null;
end
$$;


-- Locks those of these numbers that the directory has, in key order, for the rest of the
-- transaction, and returns them with their users (NULL: forgotten); NULLs where it has none.
-- On Citus, where that would lock out every other change of the directory, see
-- contact_sync_cluster_lock_numbers().
create function contact_sync_lock_numbers(
  p_phone_keys uuid[],
  out phone_keys uuid[],
  out user_ids   uuid[])
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
begin
  select pg_catalog.array_agg(o.phone_key), pg_catalog.array_agg(o.linked_user_id)
    into phone_keys, user_ids
    from (select d.phone_key, d.linked_user_id
            from phones d
           where d.phone_key = any (p_phone_keys)
           order by d.phone_key
             for update) as o;
end
$$;


-- Writes verified numbers into the directory, in key order: of a number that comes twice,
-- and against what is on record, the newest verification counts (NULL: p_now). Returns the
-- numbers that it has changed, in order. On Citus see contact_sync_cluster_write_numbers().
create function contact_sync_write_numbers(
  p_phone_keys  uuid[],
  p_user_ids    uuid[],
  p_verified_at timestamptz[],
  p_now         timestamptz,
  p_is_silent   boolean,
  p_key_number  smallint)
returns uuid[]
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
  v_changed uuid[];
begin
  with given as (
    select distinct on (g.phone_key) g.phone_key, g.user_id, coalesce(g.verified_at, p_now) as verified_at
      from unnest(p_phone_keys, p_user_ids, p_verified_at) with ordinality
           as g (phone_key, user_id, verified_at, position)
     order by g.phone_key, coalesce(g.verified_at, p_now) desc, g.position desc
  ), written as (
    insert into phones as d (phone_key, linked_user_id, verified_at, is_silent, key_number)
    select g.phone_key, g.user_id, g.verified_at, p_is_silent, p_key_number
      from given g
     order by g.phone_key
        on conflict (phone_key) do update
       set linked_user_id = excluded.linked_user_id,
           verified_at = excluded.verified_at,
           is_silent = excluded.is_silent
     where d.verified_at < excluded.verified_at
    returning d.phone_key
  )
  select pg_catalog.array_agg(w.phone_key order by w.phone_key)
    into v_changed
    from written w;
  return v_changed;
end
$$;


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


-- Links one verified number to a user. False when the directory said just so
-- already, user and time (NULL is now, another one); an older verification than the one on record is an error.
-- With p_announce false, without a notification to those who hold it. p_next_phone_key
-- as of link_phones().
-- The links of contacts follow by link_pending_phones(). For service_role.
create function link_phone(
  p_phone_key      uuid,
  p_user_id        uuid,
  p_verified_at    timestamptz default null,
  p_announce       boolean     default true,
  p_next_phone_key uuid        default null)
returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
  v_linked   integer;
  v_outdated integer[];
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  select l.phones_linked, l.outdated_positions
    into v_linked, v_outdated
    from link_phones(array[p_phone_key], array[p_user_id], array[p_verified_at], p_announce,
                     case when p_next_phone_key is not null then array[p_next_phone_key] end) as l;

  if pg_catalog.cardinality(v_outdated) > 0 then
    raise exception using
      errcode = 'YC008',
      message = 'VERIFICATION_OUTDATED: the directory holds a newer verification of this number, or it was forgotten since',
      hint = 'Nothing was changed. Verify the number again to take it over.';
  end if;
  return v_linked > 0;
end
$$;


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


-- Takes one number out of the directory; with p_user_id only while it belongs
-- to that user. Returns whether it did. p_next_phone_key as of link_phones(). For service_role.
create function unlink_phone(
  p_phone_key      uuid,
  p_user_id        uuid default null,
  p_next_phone_key uuid default null)
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  return unlink_phones(array[p_phone_key], case when p_user_id is not null then array[p_user_id] end,
                       case when p_next_phone_key is not null then array[p_next_phone_key] end) > 0;
end
$$;


-- The id that the linker's queue begins behind, for whoever reads all of it; 0
-- for a queue that is small, dead entries included, or that is to be read from
-- its very beginning again. See contact_sync_linker.
create function contact_sync_queue_start()
returns bigint
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_queue_large() then
    return 0;
  end if;
  return coalesce((select l.first_entry_id - 1
                     from contact_sync_linker l
                    where clock_timestamp() between l.walked_at and l.walked_at + interval '1 minute'), 0);
end
$$;


-- The id that the linker's queue gave last, also to entries that are done with.
-- It is the sequence's, on which nobody but its owner has rights: hence with the
-- owner's, and it tells nothing about anybody.
create function contact_sync_newest_entry()
returns bigint
language sql volatile security definer
set search_path from current
as $$
  select s.last_value from contact_sync_pending_links_entry_id_seq s
$$;


-- Notes where the queue begins now, for contact_sync_queue_start(), once that
-- saves anything: it moves by a thousand entries at least, and stays a thousand
-- behind the newest, because entries come a little out of their order. Whoever
-- read from the very beginning says so. Skipped while another linker is at it.
create function contact_sync_note_queue_start(p_start bigint)
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
  v_first_entry_id bigint;
begin
  if not contact_sync_is_queue_large() then
    return;
  end if;
  v_first_entry_id := least(
    (select q.entry_id
       from contact_sync_pending_links q
      where q.entry_id > p_start
      order by q.entry_id
      limit 1),
    contact_sync_newest_entry() - 1000);

  if p_start = 0 or v_first_entry_id >= p_start + 1000 then
    perform from contact_sync_linker for update skip locked;
    if found then
      update contact_sync_linker l
         set first_entry_id = v_first_entry_id,
             walked_at = case when p_start = 0 then clock_timestamp() else l.walked_at end;
    end if;
  end if;
end
$$;


-- Contacts whose stored link is not what the directory says, of some numbers,
-- number by number in their order: the number's place, counted from 1, and the
-- owner. At most p_limit. Two more arrays run in parallel: p_owner_ids, of which
-- owner alone (NULL: of all), and p_are_gone: of a number that is gone, the
-- directory's entry counts for nothing, and of one owner a link that was given neither.
-- All who hold a number that was forgotten are
-- stale.
--
-- A number may be in one book or in everybody's. Each is looked up by itself,
-- and no further one once there are enough; that is what the planner must not
-- turn round.
create function contact_sync_stale_contacts(
  p_phone_keys uuid[],
  p_owner_ids  uuid[],
  p_are_gone   boolean[],
  p_limit      integer,
  out place    integer,
  out owner_id uuid)
returns setof record
language sql volatile
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
  select k.place::integer, s.owner_id
    from (select u.phone_key, u.owner_id, u.is_gone, u.place,
                 d.phone_key is not null as is_in_directory,
                 d.linked_user_id as user_id,
                 -- or else it is the same for all who hold the number
                 d.linked_user_id is not null and contact_sync_asks_consent(d.linked_user_id) as asks_consent
            from unnest(p_phone_keys, p_owner_ids, p_are_gone) with ordinality as u (phone_key, owner_id, is_gone, place)
            left join phones d on d.phone_key = u.phone_key and not u.is_gone
          offset 0) as k
   cross join lateral (
           select c.owner_id
             from (select a.owner_id, a.linked_user_id, a.link_given
                     from contacts_with_accounts a
                    where k.owner_id is null
                      and a.phone_key = k.phone_key
                    union all
                   select o.owner_id, o.linked_user_id, o.link_given
                     from contacts_with_accounts o
                    where o.owner_id = k.owner_id
                      and o.phone_key between k.phone_key and k.phone_key) as c
            where case
                    when not k.is_in_directory and c.link_given then
                      k.is_gone and k.owner_id is not null or not contact_sync_may_find(c.owner_id, c.linked_user_id)
                    when not k.is_in_directory then c.linked_user_id is not null
                    when k.user_id is null then true
                    when k.asks_consent then
                      c.link_given
                      or c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, k.user_id, c.linked_user_id)
                    else c.link_given or c.linked_user_id is distinct from nullif(k.user_id, c.owner_id)
                  end
              -- who is held gains nothing
              and (   c.linked_user_id is not null
                   or k.user_id is null
                   or not exists (select
                                    from contact_sync_status h
                                   where h.owner_id = c.owner_id
                                     and h.held_at is not null))
           offset 0
         ) as s
   limit p_limit
$$;


-- Announces what the linker is about to write: for contacts that it has locked,
-- number by number, the link that the directory says and the owner may see
-- (contact_sync_link_of()), or none where the number is taken for gone; a link that
-- was given stands where the directory has no entry, unless it is to be taken.
create function contact_sync_announce_stale(
  p_owner_ids  uuid[],
  p_phone_keys uuid[],
  p_are_gone   boolean[],
  p_take_given boolean[])
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
  v_group  uuid[];
  v_owners uuid[] := '{}';
  v_keys   uuid[] := '{}';
  v_links  uuid[] := '{}';
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_owners operator(pg_catalog.||) pg_catalog.array_agg(t.owner_id),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(t.phone_key),
           v_links  operator(pg_catalog.||) pg_catalog.array_agg(t.link)
      into v_owners, v_keys, v_links
      from (select c.owner_id, c.phone_key,
                   case
                     when d.phone_key is null and c.link_given then
                       case
                         when not s.takes_given and contact_sync_may_find(c.owner_id, c.linked_user_id)
                         then c.linked_user_id
                       end
                     else contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)
                   end as link
              from unnest(p_owner_ids, p_phone_keys, p_are_gone, p_take_given)
                     as s (owner_id, phone_key, is_gone, takes_given)
              join contacts_with_accounts c on c.owner_id = s.owner_id and c.phone_key = s.phone_key
              left join phones d on d.phone_key = s.phone_key and not s.is_gone
             where v_group is null
                or c.owner_id = any (v_group) and s.owner_id = any (v_group)) as t;
  end loop;
  if pg_catalog.cardinality(v_owners) > 0 then
    perform contact_sync_announce(v_owners, v_keys, v_links);
  end if;
end
$$;


-- Takes links off contacts that bulk inserts gave to somebody who was erased, and
-- returns how many. The two arrays run in parallel; their owners are locked.
create function contact_sync_take_given_links(
  p_owner_ids   uuid[],
  p_phone_keys  uuid[],
  p_user_digest bytea)
returns integer
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
  v_now    constant timestamptz := clock_timestamp();
  v_group  uuid[];
  v_owners uuid[] := '{}';
  v_keys   uuid[] := '{}';
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_owners operator(pg_catalog.||) pg_catalog.array_agg(c.owner_id),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(c.phone_key)
      into v_owners, v_keys
      from unnest(p_owner_ids, p_phone_keys) as t (owner_id, phone_key)
      join contacts_with_accounts c on c.owner_id = t.owner_id and c.phone_key = t.phone_key
     where c.link_given
       and sha256(uuid_send(c.linked_user_id)) = p_user_digest
       and contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
       and (v_group is null or c.owner_id = any (v_group) and t.owner_id = any (v_group));
  end loop;
  if pg_catalog.cardinality(v_owners) = 0 then
    return 0;
  end if;

  perform contact_sync_number_links(v_owners, false);
  if contact_sync_has_outbox() then
    perform contact_sync_announce(v_owners, v_keys, pg_catalog.array_fill(null::uuid, array[pg_catalog.cardinality(v_keys)]));
  end if;
  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    update contacts_with_accounts c
       set linked_user_id = null,
           link_given = false,
           link_number = s.link_number,
           updated_at = v_now
      from unnest(v_owners, v_keys) as t (owner_id, phone_key)
      join contact_sync_status s
        on s.owner_id = t.owner_id
       and (v_group is null or s.owner_id = any (v_group))
     where c.owner_id = t.owner_id
       and c.phone_key = t.phone_key
       and (v_group is null or c.owner_id = any (v_group));
  end loop;
  return pg_catalog.cardinality(v_keys);
end
$$;


-- Erasures that are not settled and ready for a look, by their digests, locked for the rest
-- of the transaction and without those that another linker has; at most 100. p_running is who
-- has not ended.
create function contact_sync_take_erasures(p_running bigint[])
returns bytea[]
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
begin
  return array(
    select b.user_digest
      from contact_sync_erasures b
     where not b.is_settled
       and (b.late_owner_ids is not null or b.fence_holders is null or not b.fence_holders operator(pg_catalog.&&) p_running)
     limit 100
       for update skip locked);
end
$$;


-- The linker's part in erasures: takes links off the rows that bulk inserts gave
-- to somebody who was erased meanwhile, at most p_max_contacts, and settles the
-- erasures that nothing can come after any more (contact_sync_erasures). Waits
-- for nobody, like the pass it belongs to. Returns how many contacts it changed.
--
-- p_own is this transaction where it had written something before the pass began:
-- an erasure of its own, which nobody else has read, is looked at by it, and by a
-- later one as if for the first time (contact_sync_link_pass()).
create function contact_sync_settle_erasures(p_max_contacts integer, p_own bigint)
returns integer
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
  v_changed   integer := 0;
  v_running   bigint[];
  v_holders   bigint[];
  v_digests   bytea[];
  v_erasure   record;
  v_room      integer;
  v_owners    uuid[];
  v_keys      uuid[];
  v_locked    integer[];
  v_late      uuid[];
  v_count     integer;
  v_fence     bigint[];
  v_is_first  boolean;
  v_is_own    boolean;
  v_now       timestamptz;
begin
  if not exists (select from contact_sync_erasures e where not e.is_settled) then
    return 0;
  end if;
  v_running := contact_sync_running_transactions();
  if p_own is not null then
    v_running := v_running operator(pg_catalog.||) array[p_own, -p_own];
  end if;
  v_digests := contact_sync_take_erasures(v_running);
  for v_erasure in
    select e.* from contact_sync_erasures e where e.user_digest = any (v_digests)
  loop
    v_room := p_max_contacts - v_changed;
    exit when v_room <= 0;
    v_is_first := v_erasure.fence_holders is null or 0 > any (v_erasure.fence_holders);
    v_is_own := p_own is not null and v_is_first and v_erasure.erased_at >= now();
    continue when v_is_first and not v_is_own and not (
      select s.is_erased
        from contact_sync_shown_everywhere(null::bigint[], null::bigint[], v_erasure.user_digest, v_erasure.erased_at) as s);
    v_holders := contact_sync_fence_holders();

    select coalesce(pg_catalog.array_agg(f.owner_id), '{}'), coalesce(pg_catalog.array_agg(f.phone_key), '{}')
      into v_owners, v_keys
      from (select c.owner_id, c.phone_key
              from contacts_with_accounts c
             where c.link_given
               and sha256(uuid_send(c.linked_user_id)) = v_erasure.user_digest
               and contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
               and (v_erasure.late_owner_ids is null or c.owner_id = any (v_erasure.late_owner_ids))
             limit v_room + 1) as f;

    v_locked := contact_sync_try_lock_owners(v_owners[1 : v_room]);
    v_count := contact_sync_take_given_links(
      array(select v_owners[l.place] from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
      array(select v_keys[l.place]   from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
      v_erasure.user_digest);
    v_changed := v_changed + v_count;
    -- More than fit in: looked at again by the next pass.
    continue when pg_catalog.cardinality(v_owners) > v_room;

    v_late := array(select distinct v_owners[p.place]
                      from (select generate_series(1, pg_catalog.cardinality(v_owners)) as place
                            except
                            select pg_catalog.unnest(v_locked)) as p);
    v_fence := case
                 when v_erasure.late_owner_ids is not null then v_erasure.fence_holders
                 when v_is_own then array[-p_own]
                 when v_is_first then v_holders
                 else '{}'
               end;
    if pg_catalog.cardinality(v_late) = 0 and pg_catalog.cardinality(v_fence) = 0 then
      update contact_sync_erasures e
         set is_settled = true, fence_holders = null, late_owner_ids = null, late_since = null
       where e.user_digest = v_erasure.user_digest;
      delete from contact_sync_renewed_links r
       where r.user_digest = v_erasure.user_digest;
    else
      v_now := clock_timestamp();
      update contact_sync_erasures e
         set fence_holders = v_fence,
             late_owner_ids = case when pg_catalog.cardinality(v_late) > 0 then v_late end,
             late_since = case when pg_catalog.cardinality(v_late) > 0 then coalesce(e.late_since, v_now) end
       where e.user_digest = v_erasure.user_digest
         and (   e.fence_holders is distinct from v_fence
              or e.late_owner_ids is distinct from case when pg_catalog.cardinality(v_late) > 0 then v_late end);
    end if;
  end loop;
  return v_changed;
end
$$;


-- The links that were given to a user by bulk inserts, in any book, or (NULL) to anybody,
-- for contact_sync_expand_books(): read before whom each owner may find is asked, since
-- on Citus that can't be asked where the books lie.
create function contact_sync_given_links(
  p_user_id uuid,
  out phone_key      uuid,
  out owner_id       uuid,
  out linked_user_id uuid)
returns setof record
language plpgsql stable
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
begin
  if p_user_id is null then
    return query
      select c.phone_key, c.owner_id, c.linked_user_id
        from contacts_with_accounts c
       where c.link_given;
  else
    return query
      select c.phone_key, c.owner_id, c.linked_user_id
        from contacts_with_accounts c
       where c.link_given
         and c.linked_user_id = p_user_id;
  end if;
end
$$;


-- The contacts of an owner that may be linked, for contact_sync_expand_books(): each with
-- the link that is stored and the user whom it would be linked to, who has the number in
-- the directory (not the owner) or to whom the link was given, and whether that user has
-- said anything of who finds them.
create function contact_sync_linkable_contacts(
  p_owner_id uuid,
  out phone_key      uuid,
  out linked_user_id uuid,
  out found_user_id  uuid,
  out has_consent    boolean)
returns setof record
language plpgsql stable
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
begin
  return query
    select n.phone_key, n.linked_user_id, n.found_user_id,
           exists (select 1 from contact_sync_consent o where o.user_id = n.found_user_id)
      from (select c.phone_key, c.linked_user_id,
                   case
                     when d.phone_key is not null then nullif(d.linked_user_id, p_owner_id)
                     else c.linked_user_id
                   end as found_user_id
              from contacts_with_accounts c
              left join phones d on d.phone_key = c.phone_key
             where c.owner_id = p_owner_id
               and (d.phone_key is not null or c.link_given)) as n;
end
$$;


-- Entries of contact_sync_pending_books that are ready for a look, locked for the rest of the
-- transaction and without those that another linker has; at most 100. p_running is who has
-- not ended.
create function contact_sync_take_pending_books(p_running bigint[])
returns bigint[]
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
begin
  return array(
    select b.entry_id
      from contact_sync_pending_books b
     where b.fence_holders is null
        or not b.fence_holders operator(pg_catalog.&&) p_running
     order by b.entry_id
     limit 100
       for update skip locked);
end
$$;


-- The linker's part in what is known of persons and not of numbers: turns entries of
-- contact_sync_pending_books into ones of contact_sync_pending_links, for the contacts
-- whose link is not what it should be. Waits for nobody, like the pass it belongs to.
--
-- p_own is this transaction where it had written something before the pass began.
create function contact_sync_expand_books(p_own bigint)
returns integer
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
  v_running  bigint[];
  v_holders  bigint[];
  v_is_own   boolean;
  v_shown    bigint[];
  v_entry    record;
  v_default  text;
  v_is_held  boolean;
  v_count    integer := 0;
  -- contacts whose link is not what it should be
  v_keys     uuid[];
  v_owners   uuid[];
  v_back     boolean[];
  -- the entries of this pass, as parallel arrays
  v_ids      bigint[];
  v_persons  uuid[];
  v_given    boolean[];
  v_returns  boolean[];
  v_firsts   boolean[];
  v_times    timestamptz[];
begin
  if not exists (select from contact_sync_pending_books) then
    return 0;
  end if;
  v_running := contact_sync_running_transactions();
  if p_own is not null then
    v_running := v_running operator(pg_catalog.||) array[p_own, -p_own];
  end if;

  v_ids := contact_sync_take_pending_books(v_running);
  select pg_catalog.array_agg(e.entry_id), pg_catalog.array_agg(e.person_id), pg_catalog.array_agg(e.are_given),
         pg_catalog.array_agg(e.is_return), pg_catalog.array_agg(e.fence_holders is null or 0 > any (e.fence_holders)),
         pg_catalog.array_agg(e.enqueued_at)
    into v_ids, v_persons, v_given, v_returns, v_firsts, v_times
    from contact_sync_pending_books e
   where e.entry_id = any (v_ids);
  if v_ids is null then
    return 0;
  end if;
  -- Asked before the contacts are read, and of entries that everybody can see: whoever
  -- enters from here on reads a directory, and choices, that have the change.
  v_shown := (contact_sync_shown_everywhere(null::bigint[], v_ids, null::bytea, null::timestamptz)).book_ids;
  v_holders := contact_sync_fence_holders();
  v_default := contact_sync_default_discoverable();

  for v_entry in
    select e.*
      from unnest(v_ids, v_persons, v_given, v_returns, v_firsts, v_times)
           as e (entry_id, person_id, are_given, is_return, is_first, enqueued_at)
     where e.entry_id = any (v_shown)
        or p_own is not null and e.enqueued_at = now()
  loop
    v_count := v_count + 1;
    -- Nobody else has read what it says: see contact_sync_link_pass().
    v_is_own := p_own is not null and v_entry.is_first and v_entry.enqueued_at = now();

    -- Read before anything is written: on Citus whoever asks another owner's book needs the
    -- connection that the rows would go out by meanwhile.
    if v_entry.are_given then
      -- Of anybody's, where what holds for those who have not chosen has changed and
      -- changed back: who has chosen was not out of sight meanwhile.
      select pg_catalog.array_agg(n.phone_key), pg_catalog.array_agg(n.owner_id), pg_catalog.array_agg(n.is_return)
        into v_keys, v_owners, v_back
        from (select g.*,
                     v_entry.is_return
                     and (   v_entry.person_id is not null
                          or (select c.discoverable
                                from contact_sync_consent c
                               where c.user_id = g.linked_user_id) is null) as is_return
                from contact_sync_given_links(v_entry.person_id) as g
              offset 0) as n
       where n.is_return
          or (select v.id from contact_sync_visible_user(n.owner_id, n.linked_user_id) as v (id)) is null;
    else
      v_is_held := exists (select 1
                             from contact_sync_status s
                            where s.owner_id = v_entry.person_id
                              and s.held_at is not null);
      select pg_catalog.array_agg(n.phone_key), pg_catalog.array_agg(v_entry.person_id), pg_catalog.array_agg(n.is_return)
        into v_keys, v_owners, v_back
        from (select b.*,
                     case
                       -- as contact_sync_link_of() has it
                       when v_is_held and b.found_user_id is distinct from b.linked_user_id then null
                       when v_default = 'everybody' and not b.has_consent then b.found_user_id
                       else (select v.id
                               from contact_sync_visible_user(v_entry.person_id, b.found_user_id) as v (id))
                     end as link,
                     -- only these may have been out of sight for a while
                     v_entry.is_return
                     and b.linked_user_id is not null
                     and contact_sync_is_mutual(b.linked_user_id) as is_return
                from contact_sync_linkable_contacts(v_entry.person_id) as b
              offset 0) as n
       where n.is_return
          or n.link is distinct from n.linked_user_id;
    end if;
    if v_keys is not null then
      insert into contact_sync_pending_links (phone_key, owner_id, is_return, fence_holders)
      select n.phone_key, n.owner_id, n.is_return, case when n.is_return then '{}'::bigint[] end
        from unnest(v_keys, v_owners, v_back) as n (phone_key, owner_id, is_return);
    end if;

    if not v_entry.is_first or pg_catalog.cardinality(v_holders) = 0 and not v_is_own then
      delete from contact_sync_pending_books b where b.entry_id = v_entry.entry_id;
    else
      update contact_sync_pending_books b
         set fence_holders = case when v_is_own then array[-p_own] else v_holders end,
             is_return = false
       where b.entry_id = v_entry.entry_id;
    end if;
  end loop;
  return v_count;
end
$$;


-- The linker's part in forgetting a number: takes contacts out of books, row i of the
-- two arrays, and returns how many there were. Nothing is kept of them, and devices
-- that had one may go on from where they are: their marks stay, and a delta may take
-- away what is gone (contact_sync_apply_delta()). The owners are locked.
create function contact_sync_forget_contacts(p_owner_ids uuid[], p_phone_keys uuid[])
returns integer
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
  v_group  uuid[];
  v_owners uuid[];
  v_counts integer[];
  v_linked uuid[];
  v_count  integer;
  v_total  integer := 0;
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    with removed as (
      delete from contacts_with_accounts c
       using unnest(p_owner_ids, p_phone_keys) as t (owner_id, phone_key)
       where c.owner_id = t.owner_id
         and c.phone_key between t.phone_key and t.phone_key
         and (v_group is null or c.owner_id = any (v_group))
      returning c.owner_id, c.linked_user_id is not null or c.link_number is not null as was_linked
    ), per_owner as (
      select r.owner_id, count(*)::integer as removed, bool_or(r.was_linked) as was_linked
        from removed r
       group by r.owner_id
    )
    select pg_catalog.array_agg(o.owner_id), pg_catalog.array_agg(-o.removed),
           pg_catalog.array_agg(o.owner_id) filter (where o.was_linked),
           coalesce(sum(o.removed), 0)
      into v_owners, v_counts, v_linked, v_count
      from per_owner o;
    continue when v_count = 0;

    v_total := v_total + v_count;
    delete from contact_sync_kept_choices k
     using unnest(p_owner_ids, p_phone_keys) as t (owner_id, phone_key)
     where k.owner_id = t.owner_id
       and k.phone_key = t.phone_key
       and (v_group is null or k.owner_id = any (v_group));
    perform contact_sync_count_stored(v_owners, v_counts);
    -- Who follows can't be told of what is not there, nor go on in an empty book.
    v_owners := array(select s.owner_id
                        from contact_sync_status s
                       where s.owner_id = any (v_owners)
                         and (s.contacts_count = 0 or s.owner_id = any (v_linked)));
    perform contact_sync_number_links(v_owners, true);
  end loop;
  return v_total;
end
$$;


-- Entries of the linker's queue that are ready for a look, locked for the rest of the
-- transaction and without those that another linker has: of p_asked, or (NULL) the first p_max
-- behind p_after. What they wait for is told by p_running, who has not ended.
create function contact_sync_take_entries(
  p_after   bigint,
  p_asked   bigint[],
  p_now     timestamptz,
  p_running bigint[],
  p_max     integer)
returns bigint[]
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
begin
  if p_asked is null then
    return array(
      select t.entry_id
        from (select q.entry_id
                from contact_sync_pending_links q
               where q.entry_id > p_after
                 and case
                       when q.owner_ids is not null then true
                       when q.late_owner_ids is not null then q.retry_at <= p_now or not q.blockers operator(pg_catalog.<@) p_running
                       else q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) p_running
                     end
               order by q.entry_id
               limit p_max
                 for update skip locked) as t);
  end if;
  return array(
    select t.entry_id
      from (select q.entry_id
              from contact_sync_pending_links q
             where q.entry_id = any (p_asked)
               and case
                     when q.owner_ids is not null then true
                     when q.late_owner_ids is not null then q.blockers is null or not q.blockers operator(pg_catalog.<@) p_running
                     else q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) p_running
                   end
               for update skip locked) as t
     order by t.entry_id);
end
$$;


-- Whether a pass of the linker may begin: always. On Citus one runs at a time
-- (contact_sync_cluster_is_only_linker()).
create function contact_sync_is_only_linker()
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  return true;
end
$$;


-- One pass of the linker, which link_pending_phones() and the library stand on:
-- makes stored links say what the directory says, to those who may find the user
-- (contact_sync_visible_user()), for numbers whose entry changed (those of p_phone_keys,
-- or all), or of which somebody's being found changed. A number that was forgotten
-- leaves the books of all who hold it. At most p_max_contacts contacts, in
-- one short transaction; has_more says that another pass would go on at once.
-- 500 take 20 to 70 ms, for which syncs of their owners may have to wait; with
-- more, they wait longer, and all the work takes hardly less time.
--
-- It waits for nobody. Entries and owners that somebody else has locked are
-- skipped: those entries are another linker's, and an owner's contact is late
-- (late_owner_ids) until whoever has the owner is done. Several linkers may work
-- at once; what that leaves right, and why:
--
-- Whoever writes an owner's link holds the owner's lock and has read the
-- directory in a later statement than the one that took it, the linker as well.
-- So of two writers of one contact the later one has read the later directory:
-- the last to write is the last to have read, and only a change that came after
-- that can be missing. That change has an entry of its own in the queue.
--
-- Why a look at the contacts is not enough for it: some transaction may have
-- read the directory before the change committed, and write after the look. It
-- is behind the fence (a linker too). So the first look notes who is there, and
-- an entry is finished by a look made when those have ended; whoever enters
-- later reads the change.
--
-- A change that is made in this very transaction has not been read by anybody:
-- whoever enters before it commits reads the directory without it. So it is
-- applied, and its entry stays as one that nobody has looked at, but for this
-- transaction's own passes: the first look that counts is made when it has committed.
--
-- Each change of a link gets the owner's next number, in the transaction that makes
-- it (contact_sync_number_links()), and a message where there is an outbox.
--
-- A number that left the directory and came back before anybody had looked
-- (is_return) is looked at as if it were gone; that entry's end is the beginning
-- of an ordinary one.
--
-- Each entry is found by its id or its number.
create function contact_sync_link_pass(
  p_phone_keys   uuid[]  default null,
  p_max_contacts integer default 500,
  out contacts_changed integer,
  out entries_finished integer,
  out entries_waiting  integer, -- counted up to 10,000 where p_phone_keys is null
  out entries_busy     integer, -- of p_phone_keys: those that another linker is at
  out owners_late      integer, -- of p_phone_keys: those who were locked
  out has_more         boolean)
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
  v_now         constant timestamptz := clock_timestamp();
  -- entries a round, entries in all, and owners that a list holds
  v_round_size  constant integer := least(p_max_contacts, 5000);
  v_max_entries constant integer := least(greatest(20 * p_max_contacts, 1000), 50000);
  v_max_list    constant integer := greatest(2 * p_max_contacts, 50000);
  v_start       bigint := 0;
  v_last        bigint;
  v_running     bigint[];
  v_holders     bigint[] := '{}';
  -- this transaction, where it has written something before
  v_own         constant bigint := pg_current_xact_id_if_assigned()::xid::text::bigint;
  v_began       constant timestamptz := now();
  v_shown       bigint[];
  -- entries of this pass, of this round, and those that were looked at
  v_asked       bigint[];
  v_entries     bigint[] := '{}';
  v_taken       bigint[];
  v_expanded     integer := 0; -- entries of books
  v_taken_count integer;
  v_looked      bigint[] := '{}';
  -- entries of this round to be looked at
  v_look_ids    bigint[];
  v_look_keys   uuid[];
  v_look_owners uuid[];
  v_look_gone   boolean[];
  -- of this pass, those of numbers that came back, and of them those of one owner
  v_return_ids  bigint[] := '{}';
  v_own_returns bigint[] := '{}';
  v_cut         integer;
  -- what may be to be changed: entry, number and owner at the same place
  v_ids         bigint[] := '{}';
  v_keys        uuid[] := '{}';
  v_owners      uuid[] := '{}';
  v_was_late    boolean[] := '{}';
  v_room        integer;
  -- of them, those that were late before, and the others
  v_late_room   constant integer := case when p_max_contacts < 4 then (random() < 0.5::float8)::integer else p_max_contacts / 4 end;
  v_lates       integer := 0;
  v_turns       integer := 0;
  v_found_at    integer[];
  v_found       uuid[];
  v_locked      integer[];
  v_locked_owners uuid[] := '{}';
  v_late        integer[];
  v_late_owners uuid[];
  v_blockers    bigint[];
  v_known       uuid[];
  v_count       integer;
  v_done        bigint[];
  v_left        record;
  v_ended_keys   uuid[];
  v_ended_owners uuid[];
  v_changed_at   timestamptz[] := '{}';
  -- contacts that are to be written, of a group of owners
  v_group        uuid[];
  v_new_owners   uuid[];
  v_new_keys     uuid[];
  v_new_links    uuid[];
  v_new_numbers  bigint[];
  -- contacts whose number was forgotten
  v_gone_owners uuid[];
  v_gone_keys   uuid[];
begin
  perform contact_sync_require_read_committed();
  contacts_changed := 0;
  entries_finished := 0;
  entries_busy := 0;
  owners_late := 0;
  has_more := false;

  if p_phone_keys is null then
    v_start := contact_sync_queue_start();
    if not exists (select from contact_sync_pending_links q where q.entry_id > v_start)
       and not exists (select from contact_sync_erasures e where not e.is_settled)
       and not exists (select from contact_sync_pending_books) then
      perform contact_sync_note_queue_start(v_start);
      entries_waiting := 0;
      return;
    end if;
  end if;

  if not contact_sync_is_only_linker() then
    select count(*)
      into entries_waiting
      from contact_sync_pending_links q
     where q.phone_key = any (p_phone_keys) or p_phone_keys is null;
    entries_busy := case when p_phone_keys is not null then entries_waiting else 0 end;
    return;
  end if;
  perform contact_sync_enter_fence();
  v_running := contact_sync_running_transactions();
  if v_own is not null then
    v_running := v_running operator(pg_catalog.||) array[v_own, -v_own];
  end if;
  v_last := v_start;
  if p_phone_keys is null then
    v_expanded := contact_sync_expand_books(v_own);
    has_more := v_expanded = 100;
  else
    v_asked := array(select q.entry_id
                       from contact_sync_pending_links q
                      where q.phone_key = any (p_phone_keys));
  end if;

  while pg_catalog.cardinality(v_owners) < p_max_contacts and pg_catalog.cardinality(v_entries) < v_max_entries loop
    if p_phone_keys is null then
      v_taken := contact_sync_take_entries(v_last, null::bigint[], v_now, v_running, v_round_size);
    else
      exit when pg_catalog.cardinality(v_asked) = 0;
      v_taken := contact_sync_take_entries(v_last, v_asked[1 : v_round_size], v_now, v_running, v_round_size);
      v_asked := v_asked[v_round_size + 1 :];
      continue when pg_catalog.cardinality(v_taken) = 0;
    end if;
    v_taken_count := pg_catalog.cardinality(v_taken);
    exit when v_taken_count = 0;
    v_last := v_taken[v_taken_count];
    select s.link_ids
      into v_shown
      from contact_sync_shown_everywhere(v_taken, null::bigint[], null::bytea, null::timestamptz) as s;
    if v_own is not null then
      v_shown := array(
        select pg_catalog.unnest(v_shown)
         union
        select q.entry_id
          from contact_sync_pending_links q
         where q.entry_id = any (v_taken)
           and q.enqueued_at = v_began
         order by 1);
    end if;
    v_taken := v_shown;
    -- What this pass has made of books is shown when it has ended: the next one's, unless
    -- that would be in the same transaction.
    if v_own is null and v_expanded > 0 and pg_catalog.cardinality(v_taken) < v_taken_count then
      has_more := true;
    end if;
    v_entries := v_entries operator(pg_catalog.||) v_taken;

    -- Asked after the entries were read, and before their contacts are: whoever
    -- enters from here on reads a directory that has their changes.
    v_holders := v_holders operator(pg_catalog.||) contact_sync_fence_holders();

    v_return_ids := v_return_ids operator(pg_catalog.||) array(
      select q.entry_id
        from contact_sync_pending_links q
       where q.entry_id = any (v_taken)
         and q.is_return);

    v_own_returns := v_own_returns operator(pg_catalog.||) array(
      select q.entry_id
        from contact_sync_pending_links q
       where q.entry_id = any (v_taken)
         and q.is_return
         and q.owner_id is not null);

    -- A number that changed several times needs one look, made now.
    v_done := array(
      select r.entry_id
        from (select d.entry_id,
                     row_number() over (partition by d.phone_key, d.owner_id
                                            order by d.is_return desc, d.is_new desc, d.entry_id desc) as place
                from (select t.entry_id, t.phone_key, t.owner_id, t.is_return,
                             t.fence_holders is null or 0 > any (t.fence_holders) as is_new
                        from contact_sync_pending_links t
                       where t.entry_id = any (v_taken)
                         and t.owner_ids is null
                         and t.late_owner_ids is null
                      offset 0) as d) as r
       where r.place > 1);
    if pg_catalog.cardinality(v_done) > 0 then
      delete from contact_sync_pending_links q where q.entry_id = any (v_done);
      entries_finished := entries_finished + pg_catalog.cardinality(v_done);
    end if;

    -- What earlier looks have left: those who were late, to whom only a part of a
    -- pass is given, and those whose turn comes.
    select v_ids    operator(pg_catalog.||) pg_catalog.array_agg(s.entry_id  order by s.entry_id, s.place),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(s.phone_key order by s.entry_id, s.place),
           v_owners operator(pg_catalog.||) pg_catalog.array_agg(s.owner_id  order by s.entry_id, s.place)
      into v_ids, v_keys, v_owners
      from (select q.entry_id, q.phone_key, o.owner_id, o.place
              from contact_sync_pending_links q
             cross join lateral pg_catalog.unnest(q.late_owner_ids[1 : v_late_room]) with ordinality as o (owner_id, place)
             where q.entry_id = any (v_taken)
               and q.late_owner_ids is not null
             order by q.entry_id, o.place
             limit v_late_room - v_lates) as s;
    v_was_late := v_was_late operator(pg_catalog.||) pg_catalog.array_fill(true, array[pg_catalog.cardinality(v_owners) - pg_catalog.cardinality(v_was_late)]);
    v_lates := pg_catalog.cardinality(v_owners) - v_turns;
    v_room := p_max_contacts - pg_catalog.cardinality(v_owners);

    select v_ids    operator(pg_catalog.||) pg_catalog.array_agg(s.entry_id  order by s.entry_id, s.place),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(s.phone_key order by s.entry_id, s.place),
           v_owners operator(pg_catalog.||) pg_catalog.array_agg(s.owner_id  order by s.entry_id, s.place)
      into v_ids, v_keys, v_owners
      from (select q.entry_id, q.phone_key, o.owner_id, o.place
              from contact_sync_pending_links q
             cross join lateral pg_catalog.unnest(q.owner_ids[q.owners_tried + 1 : q.owners_tried + v_room]) with ordinality
                   as o (owner_id, place)
             where q.entry_id = any (v_taken)
               and q.owner_ids is not null
             order by q.entry_id, o.place
             limit v_room) as s;
    v_was_late := v_was_late operator(pg_catalog.||) pg_catalog.array_fill(false, array[pg_catalog.cardinality(v_owners) - pg_catalog.cardinality(v_was_late)]);
    v_turns := pg_catalog.cardinality(v_owners) - v_lates;
    v_room := p_max_contacts - pg_catalog.cardinality(v_owners);

    select coalesce(pg_catalog.array_agg(q.entry_id  order by q.entry_id), '{}'),
           coalesce(pg_catalog.array_agg(q.phone_key order by q.entry_id), '{}'),
           coalesce(pg_catalog.array_agg(q.owner_id  order by q.entry_id), '{}'),
           coalesce(pg_catalog.array_agg(q.is_return order by q.entry_id), '{}')
      into v_look_ids, v_look_keys, v_look_owners, v_look_gone
      from contact_sync_pending_links q
     where q.entry_id = any (v_taken)
       and q.owner_ids is null
       and q.late_owner_ids is null;

    select pg_catalog.array_agg(f.place), pg_catalog.array_agg(f.owner_id)
      into v_found_at, v_found
      from (select s.place, s.owner_id
              from contact_sync_stale_contacts(v_look_keys, v_look_owners, v_look_gone, v_room + 1) as s) as f;
    v_cut := null;
    if pg_catalog.cardinality(v_found) > v_room then
      -- Not all fit in: the numbers before the last one have been looked at.
      v_cut := v_found_at[v_room + 1];
      if v_found_at[1] = v_cut and v_turns = 0 then
        -- One number alone is too much, so what the look finds is kept.
        v_found := array(
          select s.owner_id
            from contact_sync_stale_contacts(
                   array[v_look_keys[v_cut]], array[v_look_owners[v_cut]], array[v_look_gone[v_cut]], v_max_list) as s);
        update contact_sync_pending_links q
           set owner_ids = case when pg_catalog.cardinality(v_found) > 0 then v_found end,
               fence_holders = case
                                 when pg_catalog.cardinality(v_found) = v_max_list then q.fence_holders
                                 when not 0 > any (q.fence_holders) then '{}'
                                 when v_own is not null and q.enqueued_at = v_began then array[-v_own]
                                 else v_holders
                               end
         where q.entry_id = v_look_ids[v_cut];
        v_found_at := pg_catalog.array_fill(v_cut, array[least(v_room, pg_catalog.cardinality(v_found))]);
        v_found := v_found[1 : v_room];
      else
        v_room := pg_catalog.cardinality(array(select f.place from pg_catalog.unnest(v_found_at) as f (place) where f.place < v_cut));
        v_found_at := v_found_at[1 : v_room];
        v_found := v_found[1 : v_room];
      end if;
    end if;
    v_looked := v_looked operator(pg_catalog.||) v_look_ids[1 : coalesce(v_cut - 1, pg_catalog.cardinality(v_look_ids))];

    select v_ids  operator(pg_catalog.||) coalesce(pg_catalog.array_agg(v_look_ids[f.place]  order by f.n), '{}'),
           v_keys operator(pg_catalog.||) coalesce(pg_catalog.array_agg(v_look_keys[f.place] order by f.n), '{}')
      into v_ids, v_keys
      from pg_catalog.unnest(v_found_at) with ordinality as f (place, n);
    v_owners := v_owners operator(pg_catalog.||) v_found;
    v_was_late := v_was_late operator(pg_catalog.||) pg_catalog.array_fill(false, array[pg_catalog.cardinality(v_owners) - pg_catalog.cardinality(v_was_late)]);
    v_turns := pg_catalog.cardinality(v_owners) - v_lates;
    if v_cut is not null then
      has_more := true;
      exit;
    end if;
    exit when p_phone_keys is null and v_taken_count < v_round_size;
  end loop;
  has_more := has_more
           or v_turns > 0 and pg_catalog.cardinality(v_owners) >= p_max_contacts
           or pg_catalog.cardinality(v_entries) >= v_max_entries;

  -- With the owners locked, ask the directory again and write what is still to
  -- be written.
  v_locked := contact_sync_try_lock_owners(v_owners);
  if pg_catalog.cardinality(v_locked) > 0 then
    v_locked_owners := array(select distinct v_owners[l.place] from pg_catalog.unnest(v_locked) as l (place));
    perform contact_sync_number_links(v_locked_owners, false);
    if contact_sync_has_outbox() then
      perform contact_sync_announce_stale(
        array(select v_owners[l.place] from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
        array(select v_keys[l.place]   from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
        array(select v_ids[l.place] = any (v_return_ids)
                from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
        array(select v_ids[l.place] = any (v_own_returns)
                from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n));
    end if;
  end if;
  -- A number that was forgotten leaves the books. Whatever is left below is in them.
  select pg_catalog.array_agg(s.owner_id), pg_catalog.array_agg(s.phone_key)
    into v_gone_owners, v_gone_keys
    from (select v_owners[l.place] as owner_id, v_keys[l.place] as phone_key
            from pg_catalog.unnest(v_locked) as l (place)
          offset 0) as s
    join phones d on d.phone_key = s.phone_key
   where d.linked_user_id is null;
  if v_gone_owners is not null then
    contacts_changed := contact_sync_forget_contacts(v_gone_owners, v_gone_keys);
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_locked_owners) as g (owner_ids) loop
    select pg_catalog.array_agg(w.owner_id), pg_catalog.array_agg(w.phone_key),
           pg_catalog.array_agg(w.link), pg_catalog.array_agg(w.link_number)
      into v_new_owners, v_new_keys, v_new_links, v_new_numbers
      from (select c.owner_id, c.phone_key, t.link,
                   case
                     -- Nobody is gone silently: who hides would be told from who left.
                     when c.linked_user_id is distinct from t.link
                     then t.link_number + (t.is_silent and t.link is not null)::integer::bigint
                     else c.link_number
                   end as link_number
              from (select s.owner_id, s.phone_key, s.takes_given, o.link_number,
                           d.phone_key is not null as is_in_directory,
                           coalesce(d.is_silent, false) as is_silent,
                           case
                             when o.held_at is null
                             then (select v.id from contact_sync_visible_user(s.owner_id, nullif(d.linked_user_id, s.owner_id)) as v (id))
                             else contact_sync_link_of(
                                    s.owner_id, d.linked_user_id,
                                    (select b.linked_user_id
                                       from contacts_with_accounts b
                                      where b.owner_id = s.owner_id
                                        and b.phone_key between s.phone_key and s.phone_key
                                        and (v_group is null or b.owner_id = any (v_group))))
                           end as link
                      from (select v_owners[l.place] as owner_id, v_keys[l.place] as phone_key,
                                   v_ids[l.place] = any (v_return_ids) as is_gone,
                                   v_ids[l.place] = any (v_own_returns) as takes_given
                              from pg_catalog.unnest(v_locked) as l (place)
                             where v_group is null or v_owners[l.place] = any (v_group)
                            offset 0) as s
                      join contact_sync_status o
                        on o.owner_id = s.owner_id
                       and (v_group is null or o.owner_id = any (v_group))
                      left join phones d on d.phone_key = s.phone_key and not s.is_gone
                    -- or else who may be found is asked again for each use of it, and on Citus,
                    -- where this function's planner settings do not reach, for the whole book
                    offset 0) as t
              -- Between and not equal: or else the planner may look up each owner among all
              -- who hold the number, instead of by the primary key.
              join contacts_with_accounts c
                on c.owner_id = t.owner_id
               and c.phone_key between t.phone_key and t.phone_key
               and (v_group is null or c.owner_id = any (v_group))
             where c.linked_user_id is distinct from t.link and (t.is_in_directory or not c.link_given)
                or t.is_in_directory and c.link_given
                or c.link_given and not t.is_in_directory
                   and (t.takes_given or not contact_sync_may_find(c.owner_id, c.linked_user_id))) as w;
    continue when v_new_owners is null;

    update contacts_with_accounts c
       set linked_user_id = w.link,
           link_given = false,
           link_number = w.link_number,
           updated_at = v_now
      from unnest(v_new_owners, v_new_keys, v_new_links, v_new_numbers)
             as w (owner_id, phone_key, link, link_number)
     where c.owner_id = w.owner_id
       and c.phone_key between w.phone_key and w.phone_key
       and (v_group is null or c.owner_id = any (v_group));
    contacts_changed := contacts_changed + pg_catalog.cardinality(v_new_owners);
  end loop;

  -- Those who were locked; not those who are gone, book and all.
  v_late := '{}';
  if pg_catalog.cardinality(v_locked) < pg_catalog.cardinality(v_owners) then
    v_late := array(
      select generate_series(1, pg_catalog.cardinality(v_owners))
      except
      select pg_catalog.unnest(v_locked)
      order by 1);
    v_late_owners := array(select distinct v_owners[l.place] from pg_catalog.unnest(v_late) as l (place));
    v_known := array(select s.owner_id from contact_sync_status s where s.owner_id = any (v_late_owners));
    if pg_catalog.cardinality(v_known) < pg_catalog.cardinality(v_late_owners) then
      v_known := v_known operator(pg_catalog.||) array(
        select distinct c.owner_id from contacts_with_accounts c where c.owner_id = any (v_late_owners));
    end if;
    v_late := array(
      select l.place from pg_catalog.unnest(v_late) as l (place) where v_owners[l.place] = any (v_known) order by l.place);
    select pg_catalog.array_agg(b.locker order by l.n)
      into v_blockers
      from pg_catalog.unnest(v_late) with ordinality as l (place, n)
      left join contact_sync_owner_lockers(v_known) as b on b.owner_id = v_owners[l.place];
    v_running := v_running operator(pg_catalog.||) contact_sync_running_transactions();
  end if;

  -- What was looked at and left nobody late is finished, or waits for the fence.
  select pg_catalog.array_agg(e.entry_id),
         pg_catalog.array_agg(e.phone_key) filter (where e.is_return),
         pg_catalog.array_agg(e.owner_id)  filter (where e.is_return),
         coalesce(pg_catalog.array_agg(e.enqueued_at) filter (where e.owner_id is null and not e.is_return), '{}')
    into v_done, v_ended_keys, v_ended_owners, v_changed_at
    from contact_sync_pending_links e
   where e.entry_id = any (v_looked)
     and (   not 0 > any (e.fence_holders)
          or pg_catalog.cardinality(v_holders) = 0 and (v_own is null or e.enqueued_at <> v_began))
     and not e.entry_id = any (array(select v_ids[l.place] from pg_catalog.unnest(v_late) as l (place)));
  if v_done is not null then
    delete from contact_sync_pending_links q where q.entry_id = any (v_done);
    entries_finished := entries_finished + pg_catalog.cardinality(v_done);
  end if;
  update contact_sync_pending_links q
     set fence_holders = case
                           when not 0 > any (q.fence_holders) then '{}'
                           when v_own is not null and q.enqueued_at = v_began then array[-v_own]
                           else v_holders
                         end
   where q.entry_id = any (v_looked);

  if pg_catalog.cardinality(v_ids) > 0 then
    -- Of what is kept in lists: who has had their turn, and who is late.
    for v_left in
      with turn as (
        select v_ids[p.place] as entry_id, v_was_late[p.place] as was_late, null::uuid as late_id, null::bigint as blocker
          from generate_series(1, pg_catalog.cardinality(v_ids)) as p (place)
         union all
        select v_ids[l.place], null, v_owners[l.place], v_blockers[l.n]
          from pg_catalog.unnest(v_late) with ordinality as l (place, n)
      ), had as (
        select t.entry_id,
               (count(*) filter (where t.late_id is null and t.was_late))::integer as lates,
               (count(*) filter (where t.late_id is null and not t.was_late))::integer as turns,
               coalesce(pg_catalog.array_agg(t.late_id) filter (where t.late_id is not null), '{}') as late_ids,
               pg_catalog.array_agg(t.blocker) filter (where t.late_id is not null) as blockers,
               coalesce(bool_or(t.late_id is not null
                                and not coalesce(t.blocker = any (v_running), false)
                                and not coalesce(contact_sync_is_in_progress(t.blocker), false)), false) as is_one_free
          from turn t
         group by t.entry_id
      )
      select q.entry_id,
             n.is_unfinished,
             case when n.is_unfinished then q.owners_tried + h.turns else 0 end as owners_tried,
             n.late_owner_ids,
             case when n.late_owner_ids is not null then coalesce(q.late_since, v_now) end as late_since,
             pg_catalog.cardinality(n.late_owner_ids) = pg_catalog.cardinality(h.late_ids) as are_all_tried,
             h.blockers,
             h.is_one_free
        from had h
        join contact_sync_pending_links q on q.entry_id = h.entry_id
       cross join lateral (
               select coalesce(q.owners_tried + h.turns < pg_catalog.cardinality(q.owner_ids), false) as is_unfinished,
                      case when pg_catalog.cardinality(l.ids) > 0 then l.ids end as late_owner_ids
                 from (select coalesce(q.late_owner_ids[h.lates + 1 :], '{}') operator(pg_catalog.||) h.late_ids as ids) as l
             ) as n
       where q.entry_id = any (v_ids)
         and (q.owner_ids is not null or q.late_owner_ids is not null or pg_catalog.cardinality(h.late_ids) > 0)
    loop
      update contact_sync_pending_links q
         set owner_ids = case when v_left.is_unfinished then q.owner_ids end,
             owners_tried = v_left.owners_tried,
             late_owner_ids = v_left.late_owner_ids,
             late_since = v_left.late_since,
             blockers = case
                          when v_left.are_all_tried and not v_left.is_one_free and v_left.blockers operator(pg_catalog.<@) v_running
                          then array(select distinct b.id from pg_catalog.unnest(v_left.blockers) as b (id))
                        end,
             -- Where the transactions are known, their end is what counts; the time
             -- is for a mistake about them. Those of a savepoint are tried now and then,
             -- and at once whoever is free by now.
             retry_at = case
                          when v_left.late_owner_ids is null then null
                          when not v_left.are_all_tried or v_left.is_one_free then v_now
                          when v_left.blockers operator(pg_catalog.<@) v_running
                          then v_now + greatest(interval '1 minute', least(v_now - v_left.late_since, interval '1 hour'))
                          else v_now + greatest(interval '2 seconds', least((v_now - v_left.late_since) / 4::float8, interval '1 minute'))
                        end
       where q.entry_id = v_left.entry_id;
    end loop;

    select pg_catalog.array_agg(e.entry_id),
           v_ended_keys   operator(pg_catalog.||) pg_catalog.array_agg(e.phone_key) filter (where e.is_return),
           v_ended_owners operator(pg_catalog.||) pg_catalog.array_agg(e.owner_id)  filter (where e.is_return),
           v_changed_at   operator(pg_catalog.||) pg_catalog.array_agg(e.enqueued_at) filter (where e.owner_id is null and not e.is_return)
      into v_done, v_ended_keys, v_ended_owners, v_changed_at
      from contact_sync_pending_links e
     where e.entry_id = any (v_ids)
       and e.owner_ids is null
       and e.late_owner_ids is null
       and pg_catalog.cardinality(e.fence_holders) = 0;
    if v_done is not null then
      delete from contact_sync_pending_links q where q.entry_id = any (v_done);
      entries_finished := entries_finished + pg_catalog.cardinality(v_done);
    end if;

    has_more := has_more
      or exists (select
                   from contact_sync_pending_links q
                  where q.entry_id = any (v_ids)
                    and (   q.owner_ids is not null
                         or q.late_owner_ids is null
                            and (q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) (v_running operator(pg_catalog.||) v_holders))));
  end if;

  -- Of the changes of numbers that every book says now, how long they took. Rows of this
  -- pass alone: it waits for nobody.
  if pg_catalog.cardinality(v_changed_at) > 0 then
    insert into contact_sync_finished_links (finished_at, bucket, how_many)
    select clock_timestamp(), d.bucket, count(*)::integer
      from (select pg_catalog.width_bucket(
                     greatest(1.0::float8, 1000.0::float8 * extract(epoch from clock_timestamp() - c.changed_at)::float8),
                     contact_sync_bucket_bounds()) as bucket
              from pg_catalog.unnest(v_changed_at) as c (changed_at)) as d
     group by d.bucket;
  end if;

  -- What came back, now that it was gone for everybody.
  if pg_catalog.cardinality(v_ended_keys) > 0 then
    insert into contact_sync_pending_links (phone_key, owner_id)
    select distinct e.phone_key, e.owner_id
      from unnest(v_ended_keys, v_ended_owners) as e (phone_key, owner_id);
    has_more := true;
  end if;

  if p_phone_keys is not null then
    select count(*),
           count(*) filter (where not q.entry_id = any (v_entries)
                              and q.late_owner_ids is null
                              and (q.owner_ids is not null or q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) v_running))
      into entries_waiting, entries_busy
      from contact_sync_pending_links q
     where q.phone_key = any (p_phone_keys);
    select pg_catalog.count(distinct o.id)
      into owners_late
      from contact_sync_pending_links q
     cross join lateral pg_catalog.unnest(q.late_owner_ids) as o (id)
     where q.phone_key = any (p_phone_keys);
  else
    contacts_changed := contacts_changed + contact_sync_settle_erasures(p_max_contacts - contacts_changed, v_own);
    perform contact_sync_note_queue_start(v_start);
    select count(*)
      into entries_waiting
      from (select
              from contact_sync_pending_links q
             where q.entry_id > v_start
             union all
            select
              from contact_sync_pending_books
             limit 10000) as w;
  end if;
end
$$;


-- The linker: makes stored links say what the directory says, for numbers whose
-- entry changed. Run it after link_phones(), unlink_phones() and erase_user(),
-- and from time to time.
--
-- A call changes up to p_max_contacts contacts in one transaction and waits for
-- nobody: what somebody else has locked is left, and comes later. Syncs of those
-- whose contacts it changes wait for it, the shorter the fewer they are. Call
-- it again while it still changes or finishes something; what is waiting then
-- waits for transactions that were running when its number changed, or that have
-- an owner locked whose contact it is. p_phone_keys narrows it to some
-- numbers. Returns what it changed and how many entries are left (of all
-- numbers, counted up to 10,000).
create function link_pending_phones(
  p_phone_keys   uuid[]  default null,
  p_max_contacts integer default 10000,
  out contacts_changed integer,
  out entries_finished integer,
  out entries_waiting  integer)
language plpgsql volatile
set search_path from current
as $$
declare
  v_has_more boolean;
begin
  if p_phone_keys is not null then
    perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  end if;
  perform contact_sync_check_range(p_max_contacts, 1, 1000000, 'p_max_contacts',
                                   'Call again for what is left.');
  for v_pass in 1 .. 100 loop
    select p.contacts_changed, p.entries_finished, p.entries_waiting, p.has_more
      into contacts_changed, entries_finished, entries_waiting, v_has_more
      from contact_sync_link_pass(p_phone_keys, p_max_contacts) as p;
    -- A pass that met only locked owners has done nothing, and gone on.
    exit when contacts_changed > 0 or entries_finished > 0 or not v_has_more;
  end loop;
end
$$;


-- Waits, at most p_longest, until those who are behind the fence now have ended,
-- and returns how many have not, and the newest entry of the linker's queue.
-- Whoever enters later reads the directory as it is now.
create function contact_sync_await_fence(
  p_longest interval,
  out transactions_running integer,
  out last_entry_id        bigint)
language plpgsql volatile
set search_path from current
as $$
declare
  v_until  constant timestamptz := clock_timestamp() + p_longest;
  v_behind bigint[] := contact_sync_fence_holders();
begin
  loop
    v_behind := array(select pg_catalog.unnest(v_behind)
                      intersect
                      select pg_catalog.unnest(contact_sync_running_transactions()));
    exit when pg_catalog.cardinality(v_behind) = 0 or clock_timestamp() >= v_until;
    perform pg_sleep(0.01::float8);
  end loop;
  transactions_running := pg_catalog.cardinality(v_behind);
  last_entry_id := contact_sync_newest_entry();
end
$$;


-- Which of these numbers of the directory are in somebody's book with another link than
-- they should have, or are forgotten and in somebody's book: of each number, no further book
-- is looked at than the first such. On Citus see contact_sync_cluster_numbers_to_relink().
create function contact_sync_numbers_to_relink(p_phone_keys uuid[])
returns uuid[]
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
begin
  return array(
    select k.phone_key
      from (select d.phone_key, d.linked_user_id as user_id
              from pg_catalog.unnest(p_phone_keys) as u (phone_key)
              join phones d on d.phone_key = u.phone_key
            offset 0) as k
     where exists (select
                     from contacts_with_accounts c
                    where c.phone_key = k.phone_key
                      and (   k.user_id is null
                           or c.link_given
                           or c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, k.user_id, c.linked_user_id))));
end
$$;


-- A stretch of the directory, p_max numbers after p_after_phone_key in key order
-- (null: from the first), compared with the contacts who hold them: enqueues
-- those of which a stored link is another, and those that were forgotten and are in
-- somebody's book. last_phone_key is where the next stretch begins; null when there is
-- none.
--
-- A number that waits in the queue already is enqueued once more: the linker
-- that has it may have read the directory before.
create function contact_sync_enqueue_unlinked(
  p_after_phone_key uuid,
  p_max             integer,
  out numbers_checked integer,
  out numbers_found   integer,
  out last_phone_key  uuid)
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
  v_keys  uuid[];
  v_found uuid[];
begin
  v_keys := array(
    select d.phone_key
      from phones d
     where d.phone_key >= coalesce(p_after_phone_key, '00000000-0000-0000-0000-000000000000'::uuid)
       and d.phone_key is distinct from p_after_phone_key
     order by d.phone_key
     limit p_max);
  numbers_checked := pg_catalog.cardinality(v_keys);
  last_phone_key := case when numbers_checked = p_max then v_keys[p_max] end;

  v_found := contact_sync_numbers_to_relink(v_keys);
  insert into contact_sync_pending_links (phone_key)
  select f.phone_key
    from pg_catalog.unnest(v_found) as f (phone_key);
  numbers_found := pg_catalog.cardinality(v_found);
end
$$;


-- A stretch of the linked contacts, p_max after the given one in the order of
-- owners and keys (two nulls: from the first): enqueues the numbers that the
-- directory does not know, once each since the entry p_first_entry_id. Links
-- that were given stand. last_owner_id and last_phone_key are where the next
-- stretch begins; null when there is none. What a cluster's worker enqueued has an
-- id of its own counting, beyond 2^48, that says nothing of when.
create function contact_sync_enqueue_unconfirmed(
  p_after_owner_id  uuid,
  p_after_phone_key uuid,
  p_first_entry_id  bigint,
  p_max             integer,
  out contacts_checked integer,
  out numbers_found    integer,
  out last_owner_id    uuid,
  out last_phone_key   uuid)
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
  v_owners uuid[];
  v_keys   uuid[];
  v_cached uuid[];
  v_found  uuid[];
begin
  select pg_catalog.array_agg(s.owner_id), pg_catalog.array_agg(s.phone_key),
         pg_catalog.array_agg(distinct s.phone_key) filter (where not s.link_given)
    into v_owners, v_keys, v_cached
    from (select c.owner_id, c.phone_key, c.link_given
            from contacts_with_accounts c
           where c.linked_user_id is not null
             and (c.owner_id, c.phone_key) > (coalesce(p_after_owner_id, '00000000-0000-0000-0000-000000000000'::uuid),
                                              coalesce(p_after_phone_key, '00000000-0000-0000-0000-000000000000'::uuid))
           order by c.owner_id, c.phone_key
           limit p_max) as s;
  contacts_checked := coalesce(pg_catalog.cardinality(v_keys), 0);
  if contacts_checked = p_max then
    last_owner_id := v_owners[p_max];
    last_phone_key := v_keys[p_max];
  end if;

  v_found := array(
    select u.phone_key
      from pg_catalog.unnest(v_cached) as u (phone_key)
     where not exists (select from phones d where d.phone_key = u.phone_key)
       -- by the number, of which there are few entries, and never by the entry
       and not exists (select
                         from (select q.entry_id, q.owner_id
                                 from contact_sync_pending_links q
                                where q.phone_key = u.phone_key
                               offset 0) as e
                        where e.entry_id > p_first_entry_id
                          and e.entry_id < 281474976710656
                          and e.owner_id is null));
  insert into contact_sync_pending_links (phone_key)
  select f.phone_key
    from pg_catalog.unnest(v_found) as f (phone_key);
  numbers_found := pg_catalog.cardinality(v_found);
end
$$;


-- Finds every stored link that is not what the directory says and brings it
-- there, whoever wrote into phones: rows inserted, changed, deleted or restored
-- by hand, of which link_pending_phones() knows nothing. Also right, and without
-- effect, where nobody has.
--
-- It compares the whole directory with the contacts who hold its numbers, and all
-- linked contacts with the directory, by index; it locks nobody meanwhile. What it
-- finds it enqueues for the linker, of which it makes a first pass of up to
-- p_max_contacts contacts; link_pending_phones() does the rest. First it waits,
-- five seconds at most, for transactions that write links now, since they may have
-- read the directory before: transactions_running are those that go on. Then, and
-- where the rows were not committed before, call it again. For service_role.
create function relink_phones(
  p_max_contacts integer default 10000,
  out numbers_checked      bigint,  -- entries of the directory
  out numbers_found        bigint,  -- numbers of which a stored link was another
  out contacts_changed     integer,
  out entries_waiting      integer, -- counted up to 10,000
  out transactions_running integer)
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
  v_first_entry_id bigint;
  v_checked        integer;
  v_found          integer;
  v_owner_id       uuid;
  v_phone_key      uuid;
begin
  perform contact_sync_check_range(p_max_contacts, 1, 1000000, 'p_max_contacts',
                                   'link_pending_phones() does what is left.');
  perform contact_sync_require_read_committed();
  select a.transactions_running, a.last_entry_id
    into transactions_running, v_first_entry_id
    from contact_sync_await_fence(interval '5 seconds') as a;
  numbers_checked := 0;
  numbers_found := 0;

  loop
    select u.numbers_checked, u.numbers_found, u.last_phone_key
      into v_checked, v_found, v_phone_key
      from contact_sync_enqueue_unlinked(v_phone_key, 10000) as u;
    numbers_checked := numbers_checked + v_checked;
    numbers_found := numbers_found + v_found;
    exit when v_phone_key is null;
  end loop;
  loop
    select u.numbers_found, u.last_owner_id, u.last_phone_key
      into v_found, v_owner_id, v_phone_key
      from contact_sync_enqueue_unconfirmed(v_owner_id, v_phone_key, v_first_entry_id, 10000) as u;
    numbers_found := numbers_found + v_found;
    exit when v_owner_id is null;
  end loop;

  select p.contacts_changed, p.entries_waiting
    into contacts_changed, entries_waiting
    from link_pending_phones(null::uuid[], p_max_contacts) as p;
end
$$;


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


-- Erases a user: their book, their numbers in the directory, links to them
-- that came with bulk inserts, their status, answers kept for them. Their runs
-- become a day's counts.
--
-- Links to them in other books vanish from every read at once, because the
-- directory no longer confirms them; link_pending_phones() then takes them off
-- the rows. It also does so with what bulk inserts give that are open now, and
-- in books that somebody has locked. Whoever comes back is a new user. Erasing
-- somebody unknown does nothing. For service_role.
create function erase_user(
  p_user_id uuid,
  out contacts_deleted    integer,
  out phones_unlinked     integer,
  out given_links_removed integer,
  out runs_folded         integer)
language sql volatile
set search_path from current
as $$
  select e.contacts_deleted, e.phones_unlinked, e.given_links_removed, e.runs_folded
    from contact_sync_erase_user(p_user_id) as e
$$;


-- What this node's server shows of transactions on it, by their ids as of
-- contact_sync_node_transactions(): a row for each that it knows. prepared_as is the name
-- of a prepared one.
create function contact_sync_node_sessions(
  p_ids bigint[],
  out id               bigint,
  out pid              integer,
  out application_name text,
  out state            text,
  out state_since      timestamptz,
  out began_at         timestamptz,
  out prepared_as      text)
returns setof record
language sql volatile
set search_path from current
as $$
  select t.transactionid::text::bigint, t.pid, a.application_name,
         case when p.gid is not null then 'prepared' else a.state end,
         coalesce(p.prepared, a.state_change),
         a.xact_start,
         p.gid
    from pg_catalog.pg_locks t
    left join pg_catalog.pg_stat_activity a on a.pid = t.pid
    left join pg_catalog.pg_prepared_xacts p on p.transaction = t.transactionid
   where t.locktype = 'transactionid'
     and t.mode = 'ExclusiveLock'
     and t.granted
     and t.transactionid::text::bigint = any (p_ids)
$$;


-- What the server shows of transactions, by their ids as of
-- contact_sync_running_transactions(): a row for each that it knows. On Citus, the server
-- where each runs (contact_sync_cluster_describe_transactions()).
create function contact_sync_describe_transactions(
  p_ids bigint[],
  out id               bigint,
  out pid              integer,
  out application_name text,
  out state            text,
  out state_since      timestamptz,
  out began_at         timestamptz,
  out prepared_as      text)
returns setof record
language plpgsql volatile
set search_path from current
as $$
begin
  return query
    select t.* from contact_sync_node_sessions(p_ids) as t;
end
$$;


-- Owners whom somebody else has had locked for longer than p_longer_than while
-- the linker has links to write into their books: how many numbers wait for
-- that, for how many seconds, and what the server shows of the transaction that
-- has them. pid and what follows is null where this is not known (a savepoint, or
-- a session that this role may not see); prepared_as is the name of a prepared
-- transaction. An empty answer: nobody is in the way. For service_role.
create function list_owners_in_the_way(
  p_longer_than interval default interval '30 seconds',
  out owner_id         uuid,
  out numbers_waiting  bigint,
  out seconds          numeric,
  out pid              integer,
  out application_name text,
  out state            text,
  out state_since      timestamptz,
  out began_at         timestamptz,
  out prepared_as      text)
returns setof record
language plpgsql volatile
set search_path from current
-- planner profile: any join by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_before constant timestamptz := clock_timestamp() - p_longer_than;
  v_owners  uuid[];
  v_waiting bigint[];
  v_since   timestamptz[];
  v_locked  uuid[];
  v_lockers bigint[];
begin
  perform contact_sync_require(p_longer_than is not null, 'p_longer_than');
  select pg_catalog.array_agg(l.owner_id), pg_catalog.array_agg(l.numbers_waiting), pg_catalog.array_agg(l.late_since)
    into v_owners, v_waiting, v_since
    from (select o.id as owner_id, count(*) as numbers_waiting, min(w.late_since) as late_since
            from (select q.late_owner_ids, q.late_since
                    from contact_sync_pending_links q
                   where q.late_since < v_before
                   union all
                  select e.late_owner_ids, e.late_since
                    from contact_sync_erasures e
                   where e.late_since < v_before) as w
           cross join lateral pg_catalog.unnest(w.late_owner_ids) as o (id)
           group by o.id
           order by 3
           limit 1000) as l;
  if v_owners is null then
    return;
  end if;
  -- What the server shows is of its own, so it is asked by itself: on Citus each node.
  select pg_catalog.array_agg(b.owner_id), pg_catalog.array_agg(b.locker)
    into v_locked, v_lockers
    from contact_sync_owner_lockers(v_owners) as b
   where b.locker <> 0::bigint;
  return query
    with known as (
      select l.owner_id, l.numbers_waiting, greatest(l.late_since, t.began_at) as late_since,
             t.pid, t.application_name, t.state, t.state_since, t.began_at, t.prepared_as
        from unnest(v_owners, v_waiting, v_since) as l (owner_id, numbers_waiting, late_since)
        left join unnest(v_locked, v_lockers) as b (owner_id, locker) on b.owner_id = l.owner_id
        left join contact_sync_describe_transactions(v_lockers) as t on t.id = b.locker
    )
    select k.owner_id, k.numbers_waiting,
           round(extract(epoch from clock_timestamp() - k.late_since), 3),
           k.pid, k.application_name, k.state, k.state_since, k.began_at, k.prepared_as
      from known k
     where k.late_since < v_before
     order by 3 desc, 1;
end
$$;


-- How many changes of the directory the linker has not finished (counted up to
-- 100,000) and the age of the oldest in seconds; how many owners have been in
-- its way for longer than 30 seconds, and for how many the longest of them. For
-- monitoring, and for service_role.
create function contact_sync_queue_state(
  out waiting             bigint,
  out lag_seconds         numeric,
  out owners_in_the_way   bigint,
  out in_the_way_seconds  numeric)
language plpgsql volatile
set search_path from current
-- planner profile: any join by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_start constant bigint := contact_sync_queue_start();
begin
  select count(*),
         coalesce(round(extract(epoch from clock_timestamp() - min(q.enqueued_at)), 3), 0)
    into waiting, lag_seconds
    from (select p.enqueued_at
            from (select e.enqueued_at
                    from contact_sync_pending_links e
                   where e.entry_id > v_start
                   order by e.entry_id
                   limit 100000) as p
           union all
          select b.enqueued_at
            from contact_sync_pending_books b) as q;
  select pg_catalog.count(distinct o.owner_id), coalesce(max(o.seconds), 0)
    into owners_in_the_way, in_the_way_seconds
    from list_owners_in_the_way(interval '30 seconds') as o;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('015_link_contacts', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
