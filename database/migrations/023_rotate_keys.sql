-- 023_rotate_keys.sql
-- The sealing key is changed, book by book, while everything goes on.
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


-- Begins to change the sealing key, or finds where an interrupted change goes on:
-- 'directory' (each number gets its second row), 'books' (owners are moved one by one),
-- 'remains' (the new key is in force, what is left of the old one goes), or 'done'.
-- Each step is a transaction of its own and may be repeated; what comes next is asked
-- here again. For service_role.
create function contact_sync_begin_rotation(
  p_key_id           text,
  p_check_value      text,
  p_next_key_id      text,
  p_next_check_value text)
returns text
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_seal record;
begin
  perform contact_sync_require(p_key_id is not null, 'p_key_id');
  perform contact_sync_require(p_check_value is not null, 'p_check_value');
  perform contact_sync_require(p_next_key_id is not null, 'p_next_key_id');
  perform contact_sync_require(p_next_check_value is not null, 'p_next_check_value');
  perform contact_sync_require_read_committed();
  select s.* into v_seal from contact_sync_seal s for update;

  case
    when not found or not v_seal.is_sealed then
      raise exception using
        errcode = 'YC011',
        message = 'KEY_MISMATCH: this database is not sealed, so there is no key to change',
        hint = 'Start with an empty schema for a sealed database.';
    when v_seal.next_key_id is not null then
      if v_seal.key_id = p_key_id and v_seal.check_value = p_check_value
         and v_seal.next_key_id = p_next_key_id and v_seal.next_check_value = p_next_check_value
      then
        return case when v_seal.is_moving then 'books' else 'directory' end;
      end if;
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: this database is being changed from the key %s to %s, not from %s to %s',
                                    v_seal.key_id, v_seal.next_key_id, p_key_id, p_next_key_id),
        hint = 'Finish it with the two keys that it was begun with; then change to another one.';
    when v_seal.key_id = p_next_key_id and v_seal.check_value = p_next_check_value then
      if v_seal.previous_key_id is null then
        return 'done';
      elsif v_seal.previous_key_id = p_key_id then
        return 'remains';
      end if;
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: this database was changed from the key %s, of which something is left, not from %s',
                                    v_seal.previous_key_id, p_key_id),
        hint = 'Finish it with the two keys that it was begun with.';
    when v_seal.key_id <> p_key_id or v_seal.check_value <> p_check_value then
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: this database is sealed with the key %s, neither with %s nor with %s',
                                    v_seal.key_id, p_key_id, p_next_key_id),
        hint = 'CONTACT_SYNC_PREVIOUS_KEY is the key that it was sealed with, CONTACT_SYNC_KEY the new one.';
    when v_seal.previous_key_id is not null then
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: something is left of the change from the key %s to %s',
                                    v_seal.previous_key_id, v_seal.key_id),
        hint = 'Finish that one first, with the two keys that it was begun with.';
    else
      null;
  end case;

  update contact_sync_seal s
     set next_key_id = p_next_key_id,
         next_check_value = p_next_check_value;
  return 'directory';
end
$$;


-- The transactions of others on this node that have a lock on a table, as of
-- contact_sync_seal_readers(). p_origin as of contact_sync_node_own_sessions().
create function contact_sync_node_readers(p_table oid, p_origin text)
returns text[]
language sql volatile
set search_path from current
as $$
  select array(
    select case when l.pid is null then 'prepared' else l.virtualtransaction end
      from pg_catalog.pg_locks as l
     where l.locktype = 'relation'
       and l.granted
       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
       and l.relation = p_table
       and coalesce(l.pid <> all ((select contact_sync_node_own_sessions(p_origin))::integer[]), true))
$$;


-- The transactions of others that have read the record of the key and have not ended, or
-- 'prepared' for prepared ones, by the lock that each has on the table. On Citus, of all
-- nodes (contact_sync_cluster_seal_readers()).
create function contact_sync_seal_readers()
returns text[]
language plpgsql volatile
set search_path from current
as $$
begin
  return contact_sync_node_readers('contact_sync_seal'::regclass::oid, null::text);
end
$$;


-- Waits, at most p_longest, until those have ended who have read the record of the key
-- and may have read it before it said what it says now; returns how many have not. By
-- the lock that each of them has on it: whoever comes later has read the present. A
-- dump of the database that runs is among them, and a transaction that was prepared,
-- whenever that was. To be asked after the change of the record has committed.
-- For service_role.
create function contact_sync_await_seal_readers(p_longest interval)
returns integer
language plpgsql volatile
set search_path from current
as $$
declare
  v_until   constant timestamptz := clock_timestamp() + p_longest;
  v_readers text[];
  v_now     text[];
begin
  perform contact_sync_require(p_longest is not null, 'p_longest');
  loop
    v_now := contact_sync_seal_readers();
    v_readers := array(select pg_catalog.unnest(coalesce(v_readers, v_now))
                       intersect
                       select pg_catalog.unnest(v_now)
                       union
                       select r.id from pg_catalog.unnest(v_now) as r (id) where r.id like 'prepared%');
    exit when pg_catalog.cardinality(v_readers) = 0 or clock_timestamp() >= v_until;
    perform pg_sleep(0.01::float8);
  end loop;
  return pg_catalog.cardinality(v_readers);
end
$$;


-- Numbers of the directory by the key in force, p_max after p_after in key order (NULL:
-- from the first). For service_role.
create function contact_sync_numbers_to_twin(p_after uuid, p_max integer)
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
declare
  v_number constant smallint := contact_sync_key_number();
begin
  perform contact_sync_require(p_max is not null, 'p_max');
  return array(
    select d.phone_key
      from phones d
     where d.phone_key >= coalesce(p_after, '00000000-0000-0000-0000-000000000000'::uuid)
       and d.phone_key is distinct from p_after
       and d.key_number = v_number
     order by d.phone_key
     limit p_max);
end
$$;


-- Gives numbers of the directory their second row, by the next key; those that have left
-- meanwhile get none, those that have it keep it. The arrays run in parallel. Returns how
-- many it gave. For service_role.
create function contact_sync_twin_numbers(p_phone_keys uuid[], p_next_phone_keys uuid[])
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
  v_number smallint;
  v_count  integer;
begin
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_check_next_keys(p_phone_keys, p_next_phone_keys);

  v_number := contact_sync_key_number();
  -- As link_phones() locks them: what is copied is what stands until this commits.
  perform from contact_sync_lock_numbers(p_phone_keys);
  insert into phones (phone_key, linked_user_id, verified_at, is_silent, key_number)
  select g.next_key, d.linked_user_id, d.verified_at, d.is_silent, v_number + 1::smallint
    from unnest(p_phone_keys, p_next_phone_keys) as g (phone_key, next_key)
    join phones d on d.phone_key = g.phone_key
   where d.key_number = v_number
     -- which counts what is given, also on Citus; nobody else gives one to a number locked here
     and not exists (select 1 from phones t where t.phone_key = g.next_key)
   order by g.next_key
      on conflict (phone_key) do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;


-- Owners who hold something and have no status row. Of the contacts, which may be very many,
-- each owner's first is looked at; on Citus every node reads its own beside its status rows
-- (contact_sync_cluster_owners_without_status()).
create function contact_sync_owners_without_status()
returns setof uuid
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
  return query
    with recursive holder (owner_id) as (
      (select c.owner_id from contacts_with_accounts c order by c.owner_id limit 1)
       union all
      select (select c.owner_id from contacts_with_accounts c where c.owner_id > h.owner_id order by c.owner_id limit 1)
        from holder h
       where h.owner_id is not null
    )
    select o.owner_id
      from (select h.owner_id from holder h where h.owner_id is not null
             union
            select k.owner_id from contact_sync_kept_choices k
             union
            select t.owner_id from contact_sync_staged_keys t
             union
            select e.owner_id from contact_sync_sessions e
             union
            select r.owner_id from contact_sync_renewed_links r) as o
     where not exists (select from contact_sync_status s where s.owner_id = o.owner_id)
     order by o.owner_id;
end
$$;


-- Gives a status row to owners who hold something and have none, which is so only where
-- somebody has deleted it by hand: a book is moved by its row. Returns how many.
-- For service_role.
create function contact_sync_adopt_books()
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
  v_owner_id uuid;
  v_contacts integer;
  v_count    integer := 0;
begin
  for v_owner_id in select o.owner_id from contact_sync_owners_without_status() as o (owner_id) loop
    select least(count(*), 1000000::bigint)::integer
      into v_contacts
      from contacts_with_accounts c
     where c.owner_id = v_owner_id;
    insert into contact_sync_status (owner_id, contacts_count)
    values (v_owner_id, v_contacts)
        on conflict (owner_id) do nothing;
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;


-- From here on books are moved, once each number of the directory has its second row. New
-- books begin with the next key. For service_role.
create function contact_sync_start_moving()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  update contact_sync_seal s
     set is_moving = true
   where s.next_key_id is not null
     and not s.is_moving
     -- or else users' UUIDs could not be made any more
     and (s.user_id_secret is null or s.next_user_id_secret is not null);
end
$$;


-- Owners whose books are of the key before, p_max after p_after (NULL: from the first), and
-- how many contacts each has: while books are moved, of the key in force; later, of any
-- other. For service_role.
create function contact_sync_books_to_move(
  p_after uuid,
  p_max   integer,
  out owner_ids      uuid[],
  out contact_counts integer[])
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
  v_new constant smallint := contact_sync_new_key_number();
begin
  perform contact_sync_require(p_max is not null, 'p_max');
  select coalesce(pg_catalog.array_agg(b.owner_id order by b.owner_id), '{}'),
         coalesce(pg_catalog.array_agg(b.contacts_count order by b.owner_id), '{}')
    into owner_ids, contact_counts
    from (select s.owner_id, s.contacts_count
            from contact_sync_status s
           where s.owner_id >= coalesce(p_after, '00000000-0000-0000-0000-000000000000'::uuid)
             and s.owner_id is distinct from p_after
             and s.key_number <> v_new
           order by s.owner_id
           limit p_max) as b;
end
$$;


-- Locks those of some owners whom nobody else has locked and whose books are yet to be moved,
-- and returns them with all phone keys that are theirs, each once, 16 bytes each:
-- contact_sync_move_books() in the same transaction is given what they become. Behind the
-- fence, since links are carried over. Waits for nobody. For service_role.
create function contact_sync_take_books(
  p_owner_ids uuid[],
  out owner_ids  uuid[],
  out phone_keys bytea)
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
  v_new    constant smallint := contact_sync_new_key_number();
  v_groups integer := 0;
  v_group  uuid[];
  v_part   uuid[];
  v_keys   uuid[] := '{}';
begin
  perform contact_sync_require_all(p_owner_ids, 'p_owner_ids');
  perform contact_sync_enter_fence();
  owner_ids := '{}';
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    v_part := array(
      select s.owner_id
        from contact_sync_status s
       where s.owner_id = any (coalesce(v_group, p_owner_ids))
         and s.key_number <> v_new
       order by s.owner_id
         for update skip locked);
    continue when pg_catalog.cardinality(v_part) = 0;
    perform contact_sync_enter_node_fence(v_part);
    v_groups := v_groups + 1;
    owner_ids := owner_ids operator(pg_catalog.||) v_part;
    -- Read when they are locked, so in a later statement.
    v_keys := v_keys operator(pg_catalog.||) array(
      select c.phone_key from contacts_with_accounts c where c.owner_id = any (v_part)
       union
      select h.phone_key from contact_sync_kept_choices h where h.owner_id = any (v_part)
       union
      select t.phone_key from contact_sync_staged_keys t where t.owner_id = any (v_part)
       union
      select r.phone_key from contact_sync_renewed_links r where r.owner_id = any (v_part));
  end loop;
  if v_groups > 1 then
    v_keys := array(select distinct pg_catalog.unnest(v_keys));
  end if;
  phone_keys := (
    select coalesce(string_agg(uuid_send(k.phone_key), ''::bytea), ''::bytea)
      from pg_catalog.unnest(v_keys) as k (phone_key));
end
$$;


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


-- Puts the next key in force, when there is no book of the one before any more; says whether
-- it is, or was already. To be asked when those have ended who may have begun a book before
-- books began to be moved (contact_sync_await_seal_readers()). For service_role.
create function contact_sync_switch_seal()
returns boolean
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
  v_number smallint;
begin
  select s.key_number into v_number from contact_sync_seal s where s.is_moving for update;
  if found and not exists (select 1 from contact_sync_status o where o.key_number = v_number limit 1) then
    update contact_sync_seal s
       set previous_key_id = s.key_id,
           key_id = s.next_key_id,
           check_value = s.next_check_value,
           key_number = s.key_number + 1::smallint,
           next_key_id = null,
           next_check_value = null,
           is_moving = false,
           user_id_secret = s.next_user_id_secret,
           next_user_id_secret = null
     where s.is_moving;
  end if;
  return not exists (select 1 from contact_sync_seal s where s.next_key_id is not null limit 1);
end
$$;


-- Messages of the outbox that are sealed with another key than the one in force, and their
-- phone keys, at most p_max. For service_role.
create function contact_sync_messages_to_move(
  p_max integer,
  out message_ids uuid[],
  out phone_keys  uuid[])
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
  v_number constant smallint := contact_sync_key_number();
begin
  perform contact_sync_require(p_max is not null, 'p_max');
  select coalesce(pg_catalog.array_agg(m.message_id), '{}'), coalesce(pg_catalog.array_agg(m.phone_key), '{}')
    into message_ids, phone_keys
    from (select o.message_id, o.phone_key
            from contact_sync_outbox o
           where o.key_number <> v_number
           limit p_max) as m;
end
$$;


-- Moves messages of the outbox to the key in force; the arrays run in parallel.
-- For service_role.
create function contact_sync_move_messages(p_message_ids uuid[], p_phone_keys uuid[])
returns void
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
  v_number constant smallint := contact_sync_key_number();
begin
  perform contact_sync_require_all(p_message_ids, 'p_message_ids');
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  update contact_sync_outbox o
     set phone_key = m.phone_key,
         key_number = v_number
    from unnest(p_message_ids, p_phone_keys) as m (message_id, phone_key)
   where o.message_id = m.message_id
     and o.key_number <> v_number;
end
$$;


-- Deletes rows of the directory that are sealed with another key than the one in force, the
-- first p_max after p_after in key order (NULL: from the first). last_phone_key is where
-- the next stretch begins; NULL when there is none. For service_role.
create function contact_sync_drop_old_numbers(
  p_after uuid,
  p_max   integer,
  out numbers_dropped integer,
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
  v_number constant smallint := contact_sync_key_number();
  v_keys   uuid[];
begin
  perform contact_sync_require(p_max is not null, 'p_max');
  v_keys := array(
    select d.phone_key
      from phones d
     where d.phone_key >= coalesce(p_after, '00000000-0000-0000-0000-000000000000'::uuid)
       and d.phone_key is distinct from p_after
       and d.key_number <> v_number
     order by d.phone_key
     limit p_max);
  perform from contact_sync_lock_numbers(v_keys);
  numbers_dropped := pg_catalog.cardinality(v_keys);
  last_phone_key := case when numbers_dropped = p_max then v_keys[p_max] end;
  delete from phones d
   where d.phone_key = any (v_keys)
     and d.key_number <> v_number;
end
$$;


-- Deletes answers kept for requests with an idempotency key, where they were made with another
-- key than the one in force; not those that are still at work. Returns how many of those
-- there are. For service_role.
create function contact_sync_drop_old_answers()
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
  v_number constant smallint := contact_sync_key_number();
  v_now    constant timestamptz := clock_timestamp();
begin
  delete from contact_sync_answers a
   where a.key_number <> v_number
     and (a.answer is not null or a.claimed_until < v_now);
  return (select count(*)::integer from contact_sync_answers a where a.key_number <> v_number);
end
$$;


-- The id that the linker's queue gave last on each node that has entries in it: of several
-- nodes, each gives ids of its own, 2^48 of them. For contact_sync_queued_before().
-- For service_role.
create function contact_sync_newest_entries()
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
    select max(q.entry_id)
      from contact_sync_pending_links q
     where q.entry_id >= 281474976710656
     group by q.entry_id >> 48)
    operator(pg_catalog.||) contact_sync_newest_entry();
end
$$;


-- How many entries the linker's queue has that were there at contact_sync_newest_entries(),
-- counted up to 10,000: what waits for numbers by the key before. For service_role.
create function contact_sync_queued_before(p_entry_ids bigint[])
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
begin
  perform contact_sync_require(p_entry_ids is not null, 'p_entry_ids');
  return (select count(*)::integer
            from (select 1
                    from pg_catalog.unnest(p_entry_ids) as n (entry_id)
                    join contact_sync_pending_links q
                      on q.entry_id >= (n.entry_id >> 48) << 48
                     and q.entry_id <= n.entry_id
                   limit 10000) as w);
end
$$;


-- Ends a change of the key, when nothing is left of the one before; says whether it has.
-- For service_role.
create function contact_sync_end_rotation()
returns boolean
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
  v_number smallint;
begin
  select s.key_number into v_number from contact_sync_seal s where s.previous_key_id is not null for update;
  if found
     and not exists (select 1 from contact_sync_status o where o.key_number <> v_number limit 1)
     and not exists (select 1 from phones d where d.key_number <> v_number limit 1)
     and not exists (select 1 from contact_sync_outbox m where m.key_number <> v_number limit 1)
     and not exists (select 1 from contact_sync_answers a where a.key_number <> v_number limit 1)
  then
    update contact_sync_seal s
       set previous_key_id = null
     where s.previous_key_id is not null;
  end if;
  return not exists (select 1 from contact_sync_seal s where s.previous_key_id is not null or s.next_key_id is not null limit 1);
end
$$;


-- How far a change of the sealing key has come: at which step it is (as
-- contact_sync_begin_rotation() names them; NULL: none is under way), between which keys, and
-- how many numbers, owners and contacts are left of the key before. For service_role.
create function contact_sync_rotation_state(
  out step          text,
  out from_key_id   text,
  out to_key_id     text,
  out numbers_left  bigint,
  out owners_left   bigint,
  out contacts_left bigint)
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
  v_old smallint;
begin
  select case when s.is_moving then 'books' when s.next_key_id is not null then 'directory' else 'remains' end,
         coalesce(s.previous_key_id, s.key_id),
         coalesce(s.next_key_id, s.key_id),
         s.key_number + case when s.next_key_id is null then -1 else 0 end
    into step, from_key_id, to_key_id, v_old
    from contact_sync_seal s
   where s.next_key_id is not null
      or s.previous_key_id is not null;
  if not found then
    return;
  end if;
  select count(*) into numbers_left from phones d where d.key_number = v_old;
  select count(*), coalesce(sum(s.contacts_count), 0)
    into owners_left, contacts_left
    from contact_sync_status s
   where s.key_number = v_old;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('023_rotate_keys', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
