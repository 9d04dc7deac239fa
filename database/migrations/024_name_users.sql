-- 024_name_users.sql
-- Users whom the app calls by texts: the UUIDs that are made of them, and back.
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


-- What the app calls its users, where it does not call them by UUIDs
-- (contact_sync_seal.user_id_kind is 'text'; empty otherwise): of each who is named by
-- anything that is stored, written with it (contact_sync_name_users()), and taken out when
-- they are erased. The UUID is made of the text, by a secret that is not here: it can be
-- found from either only by this table, or by whoever has the sealing key.
create table contact_sync_users (
  user_id    uuid        not null,
  id_text    text        collate "C" not null, -- as the app gave it: 1 to 255 characters
  created_at timestamptz not null default now(),

  -- Since when they are erased, while messages may have to tell that links to them are
  -- gone: until none does, at most for 30 days (contact_sync_drop_erased_users()). No read
  -- knows them. NULL: they are here.
  erased_at  timestamptz,

  constraint contact_sync_users_pkey primary key (user_id),
  constraint contact_sync_users_id_text_once unique (id_text),
  constraint contact_sync_users_id_text_length check (char_length(id_text) between 1 and 255)
);

-- Few.
create index contact_sync_users_erased_at_idx on contact_sync_users (erased_at) where erased_at is not null;

alter table contact_sync_users enable row level security;


-- Records, once, what the app calls its users: 'uuid', or 'text', and for texts the
-- secret that UUIDs are made of them with, sealed. Verifies it ever after; the library
-- does so at every start. Returns the secret that is recorded, which is the first one's.
-- A database that stores something of users already has them by UUIDs. To be called when
-- the key is recorded. For service_role.
create function contact_sync_record_user_ids(p_kind text, p_secret bytea)
returns bytea
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
  v_kind   text;
  v_secret bytea;
  v_is_new boolean;
begin
  perform contact_sync_require(p_kind is not null, 'p_kind');
  if p_kind not in ('uuid', 'text') or (p_kind = 'text') <> (p_secret is not null) then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_kind must be ''uuid'', without p_secret, or ''text'' with it',
      hint = 'The library makes the secret.';
  end if;
  if p_kind = 'text' and getdatabaseencoding() <> 'UTF8' then
    raise exception using
      errcode = 'YC015',
      message = pg_catalog.format('USER_IDS_MISMATCH: this database has the encoding %s, in which not every text can be stored', getdatabaseencoding()),
      hint = 'Use a database with the encoding UTF8.';
  end if;

  if exists (select from contact_sync_seal s where s.user_id_kind is null) then
    perform contact_sync_require_read_committed();
    -- Conflicts with all who record, and with whoever stores numbers before anything is
    -- recorded; not with readers.
    lock table contact_sync_seal in exclusive mode;
    v_is_new := not exists (select 1 from contact_sync_status)
            and not exists (select 1 from phones)
            and not exists (select 1 from contacts_with_accounts)
            and not exists (select 1 from contact_sync_consent)
            and not exists (select 1 from contact_sync_blocks);
    update contact_sync_seal s
       set user_id_kind = p_kind,
           user_id_secret = p_secret
     where s.user_id_kind is null
       and (p_kind = 'uuid' or s.is_sealed and v_is_new);
  end if;

  select s.user_id_kind, s.user_id_secret into v_kind, v_secret from contact_sync_seal s;
  if v_kind is distinct from p_kind then
    raise exception using
      errcode = 'YC015',
      message = case v_kind
                  when 'uuid' then 'USER_IDS_MISMATCH: in this database users are called by UUIDs, not by texts'
                  when 'text' then 'USER_IDS_MISMATCH: in this database users are called by texts, not by UUIDs'
                  else 'USER_IDS_MISMATCH: this database has users by UUIDs, from before anybody said what they are called by'
                end,
      hint = 'Set userIds (CONTACT_SYNC_USER_IDS) as it was at the first use; another kind takes an empty schema.';
  end if;
  return v_secret;
end
$$;


-- Of these users, those who are named by something that is stored and that an answer, a
-- message or an export can show: owners, whoever has a number in the directory or links
-- that were given, and who has chosen, has blocked or was blocked. For service_role.
create function contact_sync_named_users(p_user_ids uuid[])
returns uuid[]
language plpgsql stable
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
  v_named uuid[];
  v_rest  uuid[];
begin
  v_named := array(
    select s.owner_id
      from contact_sync_status s
     where s.owner_id = any (p_user_ids));
  v_rest := array(
    select n.id from pg_catalog.unnest(p_user_ids) as n (id)
    except
    select n.id from pg_catalog.unnest(v_named) as n (id));
  v_named := v_named operator(pg_catalog.||) array(
    select n.id
      from pg_catalog.unnest(v_rest) as n (id)
     where exists (select from phones d where d.linked_user_id = n.id)
        or exists (select from contact_sync_consent o where o.user_id = n.id)
        or exists (select from contact_sync_blocks b where b.user_id = n.id)
        or exists (select from contact_sync_blocks b where b.blocked_user_id = n.id));
  v_rest := array(
    select n.id from pg_catalog.unnest(v_rest) as n (id)
    except
    select n.id from pg_catalog.unnest(v_named) as n (id));
  if pg_catalog.cardinality(v_rest) > 0 then
    v_named := v_named operator(pg_catalog.||) array(
      select distinct c.linked_user_id
        from contacts_with_accounts c
       where c.link_given
         and c.linked_user_id = any (v_rest));
  end if;
  return array(
    select n.id
      from pg_catalog.unnest(v_named) as n (id)
     order by n.id);
end
$$;


-- Writes what the app calls these users, of those who are named by something that is
-- stored and whose id is not written yet. The library asks it in the statement of each
-- call that may store something of them, for a condition: it is volatile, so PostgreSQL
-- asks it when the call is done, and it sees what the call has stored, and nothing of a
-- call that has stored nothing. So an id is there exactly with what needs it. True.
--
-- An id that is there stays locked until the transaction ends, as a foreign key would
-- have it: nobody takes it away as unused (contact_sync_drop_unused_users()) before it is
-- seen what it is used for. The two arrays run in parallel, each user once. For
-- service_role.
create function contact_sync_name_users(p_user_ids uuid[], p_id_texts text[])
returns boolean
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
  v_count   constant integer := pg_catalog.cardinality(p_user_ids);
  v_known   integer;
  v_back    integer;
  v_written integer;
  v_missing uuid[];
begin
  perform contact_sync_require(p_user_ids is not null, 'p_user_ids');
  perform contact_sync_require(p_id_texts is not null, 'p_id_texts');
  loop
    -- In one order, as all who lock several.
    select count(*)
      into v_known
      from (select u.user_id
              from contact_sync_users u
             where u.user_id = any (p_user_ids)
               and u.erased_at is null
             order by u.user_id
               for key share) as locked;
    if v_known = v_count then
      return true;
    end if;

    v_missing := contact_sync_named_users(array(
      select n.id
        from pg_catalog.unnest(p_user_ids) as n (id)
       where not exists (select from contact_sync_users u where u.user_id = n.id and u.erased_at is null)
       order by n.id));
    -- Who is back is there already. One statement for both would have to name one of the
    -- table's two unique keys, and fail on the other where two calls write a user at once.
    update contact_sync_users u
       set erased_at = null
      from pg_catalog.unnest(v_missing) as m (user_id)
     where u.user_id = m.user_id
       and u.erased_at is not null;
    get diagnostics v_back = row_count;
    insert into contact_sync_users (user_id, id_text)
    select n.user_id, n.id_text
      from unnest(p_user_ids, p_id_texts) as n (user_id, id_text)
      join pg_catalog.unnest(v_missing) as m (user_id) on m.user_id = n.user_id
     order by n.user_id
        on conflict do nothing;
    get diagnostics v_written = row_count;
    -- Fewer where somebody else wrote some of them meanwhile: those are to be locked.
    if v_back + v_written = pg_catalog.cardinality(v_missing) then
      return true;
    end if;
    if exists (select
                 from unnest(p_user_ids, p_id_texts) as n (user_id, id_text)
                 join contact_sync_users u on u.id_text = n.id_text
                where u.user_id <> n.user_id) then
      raise exception using
        errcode = 'unique_violation',
        message = 'an id is written with another UUID: this database''s ids were not made with its present secret';
    end if;
  end loop;
end
$$;


-- What the app calls these users, a row each. id_text is NULL of one whose id is not
-- written: is_erased says whether that is because they were erased, a short while ago.
-- With p_with_erased those count whose id is kept for messages. For service_role.
create function contact_sync_id_texts(
  p_user_ids    uuid[],
  p_with_erased boolean,
  out user_id   uuid,
  out id_text   text,
  out is_erased boolean)
returns setof record
language plpgsql stable
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
begin
  perform contact_sync_require(p_user_ids is not null, 'p_user_ids');
  perform contact_sync_require(p_with_erased is not null, 'p_with_erased');
  return query
    select n.id, u.id_text,
           u.id_text is null
           and exists (select from contact_sync_erasures e where e.user_digest = sha256(uuid_send(n.id)))
      from pg_catalog.unnest(p_user_ids) as n (id)
      left join contact_sync_users u
        on u.user_id = n.id
       and (p_with_erased or u.erased_at is null);
end
$$;


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


-- Drops the ids that were kept of erased users for messages that links to them are gone:
-- when the linker has been through what it had at the erasure, and nothing is left to be
-- told, or after 30 days. For service_role.
create function contact_sync_drop_erased_users()
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
begin
  delete from contact_sync_users u
   where u.erased_at < now() - interval '30 days'
      or u.erased_at is not null
         and not exists (select from contact_sync_outbox o where o.user_id = u.user_id)
         and not exists (select from contact_sync_pending_links p where p.enqueued_at <= u.erased_at)
         and not exists (select
                           from contact_sync_erasures e
                          where e.user_digest = sha256(uuid_send(u.user_id))
                            and not e.is_settled);
end
$$;


-- Keeps the secret of users' UUIDs, sealed for the key that a rotation goes over to: UUIDs
-- stay what they are. Once for each rotation; another call keeps the first one's. For
-- service_role.
create function contact_sync_keep_user_id_secret(p_secret bytea)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_secret is not null, 'p_secret');
  update contact_sync_seal s
     set next_user_id_secret = p_secret
   where s.user_id_kind = 'text'
     and s.next_key_id is not null
     and s.next_user_id_secret is null;
end
$$;


-- The UUID by which the tables know a user whom the app calls by a text; NULL where
-- nothing that is stored names them. For databases whose users are known by texts
-- (userIds: "text"). For service_role.
create function find_user(p_id_text text)
returns uuid
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_id_text is not null, 'p_id_text');
  return (select u.user_id
            from contact_sync_users u
           where u.id_text = p_id_text collate "C"
             and u.erased_at is null);
end
$$;


-- What the app calls a user whom the tables know by a UUID; NULL where nothing that is
-- stored names them. For databases whose users are known by texts (userIds: "text"). For
-- service_role.
create function find_id_text(p_user_id uuid)
returns text
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  return (select u.id_text
            from contact_sync_users u
           where u.user_id = p_user_id
             and u.erased_at is null);
end
$$;


insert into contact_sync_migrations (name, run_on) values ('024_name_users', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
