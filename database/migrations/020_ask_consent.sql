-- 020_ask_consent.sql
-- Who may be found by whom: choices, blocks, and the service's default.
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


-- Refuses what is no choice of who finds a user.
create function contact_sync_check_discoverable(p_discoverable text)
returns void
language plpgsql immutable
set search_path from current
set jit = off
as $$
begin
  if p_discoverable not in ('everybody', 'mutual', 'nobody') then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_discoverable must be everybody, mutual or nobody',
      hint = 'mutual: only those whose number the user has in their own book.';
  end if;
end
$$;


-- What set_discoverability() does; it returns the user's numbers in the directory,
-- which the library then has the linker see to at once: also where nothing changed,
-- since that may be the repeat of a call that was cut off in between.
create function contact_sync_choose_discoverable(p_user_id uuid, p_discoverable text)
returns uuid[]
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_default text;
  v_before  text;
  v_after   text;
  v_keys    uuid[];
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_check_discoverable(p_discoverable);
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_user_id]);

  v_keys := array(select d.phone_key from phones d where d.linked_user_id = p_user_id order by d.phone_key);
  v_default := contact_sync_default_discoverable();
  v_before := (select c.discoverable from contact_sync_consent c where c.user_id = p_user_id);
  if v_before is not distinct from p_discoverable then
    perform contact_sync_drop_new_owner(p_user_id);
    return v_keys;
  end if;
  v_before := coalesce(v_before, v_default);
  v_after := coalesce(p_discoverable, v_default);

  insert into contact_sync_consent (user_id, discoverable)
  values (p_user_id, p_discoverable)
      on conflict (user_id) do update
     set discoverable = excluded.discoverable,
         changed_at = excluded.changed_at;
  delete from contact_sync_consent c
   where c.user_id = p_user_id
     and c.discoverable is null
     and not c.has_blocks;

  -- Back to the default, it may be changing at this moment, and whoever changes it
  -- passes over those who have chosen.
  if v_before = v_after and p_discoverable is not null then
    return v_keys;
  end if;
  perform contact_sync_consent_changed(
    p_user_id, null::uuid, v_before = 'nobody' or v_after = 'everybody' or p_discoverable is null);
  return v_keys;
end
$$;


-- Chooses who may learn that a user has an account, of those who have their number:
-- everybody, mutual (only those whose number the user has in their own book) or
-- nobody. NULL goes back to the service's default.
--
-- It holds at once for whatever is read. Stored links and list_contact_changes()
-- follow with the linker, link_pending_phones().
-- For the owner and service_role.
create function set_discoverability(p_user_id uuid, p_discoverable text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    perform contact_sync_own_set_discoverability(p_user_id, p_discoverable);
    return;
  end if;
  perform contact_sync_choose_discoverable(p_user_id, p_discoverable);
end
$$;


-- set_discoverability() for a signed-in user, of themselves alone.
-- For every signed-in user and service_role.
create function contact_sync_own_set_discoverability(p_user_id uuid, p_discoverable text)
returns void
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  perform set_discoverability(p_user_id, p_discoverable);
end
$$;


-- Who may learn that a user has an account, of those who have their number, and
-- whether that is the service's default, and not the user's choice.
-- For the owner and service_role.
create function get_discoverability(
  p_user_id uuid,
  out discoverable text,
  out is_default   boolean)
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    select o.discoverable, o.is_default into discoverable, is_default
      from contact_sync_own_get_discoverability(p_user_id) as o;
    return;
  end if;
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  discoverable := (select c.discoverable from contact_sync_consent c where c.user_id = p_user_id);
  is_default := discoverable is null;
  discoverable := coalesce(discoverable, contact_sync_default_discoverable());
end
$$;


-- get_discoverability() for a signed-in user, of themselves alone.
-- For every signed-in user and service_role.
create function contact_sync_own_get_discoverability(
  p_user_id uuid,
  out discoverable text,
  out is_default   boolean)
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  select g.discoverable, g.is_default into discoverable, is_default
    from get_discoverability(p_user_id) as g;
end
$$;


-- What block_user() and unblock_user() do: whether it changed anything, and the
-- user's numbers in the directory, which the library then has the linker see to at
-- once: also where nothing changed, since that may be the repeat of a call that was
-- cut off in between.
create function contact_sync_change_block(
  p_user_id         uuid,
  p_blocked_user_id uuid,
  p_is_blocked      boolean,
  out has_changed boolean,
  out phone_keys  uuid[])
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  c_most constant bigint := 10000;
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_require(p_blocked_user_id is not null, 'p_blocked_user_id');
  if p_user_id = p_blocked_user_id then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: nobody can block themselves';
  end if;
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_user_id]);

  phone_keys := array(select d.phone_key from phones d where d.linked_user_id = p_user_id order by d.phone_key);
  has_changed := p_is_blocked is distinct from exists (
    select from contact_sync_blocks b
     where b.user_id = p_user_id
       and b.blocked_user_id = p_blocked_user_id);
  if not has_changed then
    perform contact_sync_drop_new_owner(p_user_id);
    return;
  end if;

  if p_is_blocked then
    if (select count(*) from contact_sync_blocks b where b.user_id = p_user_id) >= c_most then
      raise exception using
        errcode = 'YC040',
        message = pg_catalog.format('BLOCK_LIMIT_EXCEEDED: a user can block at most %s others', c_most),
        hint = 'Nothing was changed. Unblock somebody, or set the user''s discoverability to mutual.';
    end if;
    insert into contact_sync_blocks (user_id, blocked_user_id)
    values (p_user_id, p_blocked_user_id);
    insert into contact_sync_consent (user_id, has_blocks)
    values (p_user_id, true)
        on conflict (user_id) do update
       set has_blocks = true;
  else
    delete from contact_sync_blocks b
     where b.user_id = p_user_id
       and b.blocked_user_id = p_blocked_user_id;
    if not exists (select from contact_sync_blocks b where b.user_id = p_user_id) then
      update contact_sync_consent c
         set has_blocks = false
       where c.user_id = p_user_id;
      delete from contact_sync_consent c
       where c.user_id = p_user_id
         and c.discoverable is null;
    end if;
  end if;
  perform contact_sync_consent_changed(p_user_id, p_blocked_user_id, not p_is_blocked);
end
$$;


-- Keeps somebody from finding a user, whatever number of theirs they have and whatever
-- the user is to others: to them it is as if the user had no account. Returns whether
-- they were not blocked before. At most 10,000 a user. It holds at once for whatever
-- is read; stored links and list_contact_changes() follow with the linker. It does
-- not keep the user from finding them.
-- For the owner and service_role.
create function block_user(p_user_id uuid, p_blocked_user_id uuid)
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_block_user(p_user_id, p_blocked_user_id);
  end if;
  return (select b.has_changed from contact_sync_change_block(p_user_id, p_blocked_user_id, true) as b);
end
$$;


-- block_user() for a signed-in user, for themselves alone.
-- For every signed-in user and service_role.
create function contact_sync_own_block_user(p_user_id uuid, p_blocked_user_id uuid)
returns boolean
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  return block_user(p_user_id, p_blocked_user_id);
end
$$;


-- Takes a block away, and returns whether there was one. Links follow with the
-- linker.
-- For the owner and service_role.
create function unblock_user(p_user_id uuid, p_blocked_user_id uuid)
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_unblock_user(p_user_id, p_blocked_user_id);
  end if;
  return (select b.has_changed from contact_sync_change_block(p_user_id, p_blocked_user_id, false) as b);
end
$$;


-- unblock_user() for a signed-in user, for themselves alone.
-- For every signed-in user and service_role.
create function contact_sync_own_unblock_user(p_user_id uuid, p_blocked_user_id uuid)
returns boolean
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  return unblock_user(p_user_id, p_blocked_user_id);
end
$$;


-- Whom a user has blocked, in the order of their ids: p_limit (1 to 1,000) of those
-- behind p_after_user_id, the last of the page before.
-- For the owner and service_role.
create function list_blocked_users(
  p_user_id       uuid,
  p_limit         integer default 100,
  p_after_user_id uuid    default null,
  out blocked_user_id uuid,
  out blocked_at      timestamptz)
returns setof record
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return query
      select o.blocked_user_id, o.blocked_at
        from contact_sync_own_list_blocked_users(p_user_id, p_limit, p_after_user_id) as o;
    return;
  end if;
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_check_range(p_limit, 1, 1000, 'p_limit',
                                   'Ask for the rest page by page: each begins after the last user of the one before.');
  return query
    select b.blocked_user_id, b.created_at
      from contact_sync_blocks b
     where b.user_id = p_user_id
       and (b.blocked_user_id > p_after_user_id or p_after_user_id is null)
     order by b.blocked_user_id
     limit p_limit;
end
$$;


-- list_blocked_users() for a signed-in user, of their own list alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_blocked_users(
  p_user_id       uuid,
  p_limit         integer,
  p_after_user_id uuid,
  out blocked_user_id uuid,
  out blocked_at      timestamptz)
returns setof record
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  return query
    select l.blocked_user_id, l.blocked_at
      from list_blocked_users(p_user_id, p_limit, p_after_user_id) as l;
end
$$;


-- Sets who finds users that have not chosen, and returns it; NULL only tells. It
-- holds at once for whatever is read; all their links are then looked at by the
-- linker, which takes its time where the directory is large. For service_role.
create function set_default_discoverability(p_discoverable text default null)
returns text
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_before    text;
  v_is_return boolean;
begin
  perform contact_sync_check_discoverable(p_discoverable);
  if p_discoverable is null then
    return contact_sync_default_discoverable();
  end if;

  perform contact_sync_enter_fence();
  perform contact_sync_make_settings();
  v_before := (select s.default_discoverable from contact_sync_settings s where s.only_row for update);
  if v_before = p_discoverable then
    return p_discoverable;
  end if;
  update contact_sync_settings s
     set default_discoverable = p_discoverable,
         changed_at = now()
   where s.only_row;

  insert into contact_sync_pending_links (phone_key, is_return, fence_holders)
  select n.phone_key, n.is_return, case when n.is_return then '{}'::bigint[] end
    from (select d.phone_key,
                 (v_before = 'nobody' or p_discoverable = 'everybody')
                 and exists (select from contact_sync_pending_links q where q.phone_key = d.phone_key) as is_return
            from phones d
           where d.linked_user_id is not null
             and not exists (select
                               from contact_sync_consent c
                              where c.user_id = d.linked_user_id
                                and c.discoverable is not null)) as n;
  v_is_return := (v_before = 'nobody' or p_discoverable = 'everybody')
                 and exists (select from contact_sync_pending_books b where b.are_given);
  insert into contact_sync_pending_books (are_given, is_return)
  values (true, v_is_return);
  return p_discoverable;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('020_ask_consent', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
