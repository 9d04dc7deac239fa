-- 014_optimize_contact_batch_operations.sql
-- The guide's types, functions, view and indexes, and what they stand on.
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


-- An item of bulk_insert_contacts(). phone_hash becomes the column phone_key.
create type contact_batch_item as (
  owner_id         uuid,
  phone_hash       text,
  is_favorite      boolean,
  linked_user_id   uuid,
  last_interaction timestamptz
);


-- What a contact is to become: how a bulk insert carries its differences from
-- the comparison to the writing. A type of its own and not the table's row
-- type, so that a column somebody adds to the table is nobody's business.
create type contact_sync_target as (
  owner_id         uuid,
  phone_key        uuid,
  linked_user_id   uuid,
  link_given       boolean,
  is_favorite      boolean,
  last_interaction timestamptz,
  is_told          boolean
);


-- What a sync or a bulk insert did. The guide's six fields come first.
-- total_processed = contacts_inserted + contacts_updated + contacts_unchanged,
-- over distinct contacts; total_processed + duplicates is what was received.
-- The two arrays run in parallel: each linked contact of the call and its user
-- (of a sync; a bulk insert leaves them empty); matched_silent says beside them
-- whose link came about without a notification. sync_mark and changes_cursor are
-- what a device goes on from; NULL for a call that named none. The budget is the owner's for new
-- numbers after the call, budget_reset the seconds until it is full; NULL where
-- the call was free of it.
create type contact_sync_result as (
  total_processed      integer,
  contacts_inserted    integer,
  contacts_updated     integer,
  matched_contacts     integer,
  processing_time_ms   integer,
  batch_size           integer,
  contacts_unchanged   integer,
  contacts_removed     integer,
  duplicates           integer,
  matched_phone_hashes text[],
  matched_user_ids     uuid[],
  budget_limit         integer,
  budget_remaining     integer,
  budget_reset         integer,
  sync_mark            uuid,
  changes_cursor       text,
  matched_silent       boolean[]
);


-- "Who holds this number?", the linker's question. A b-tree, because a hash
-- index walks its overflow chain where one number is in everybody's book.
create index contacts_with_accounts_phone_key_idx
  on contacts_with_accounts (phone_key);

-- An owner's contacts who are linked or were, and their favourites: few of a
-- large book. An ordinary contact costs nothing here.
create index contacts_with_accounts_linked_idx
  on contacts_with_accounts (owner_id, phone_key)
  where linked_user_id is not null or link_number is not null;
create index contacts_with_accounts_favorite_idx
  on contacts_with_accounts (owner_id, phone_key)
  where is_favorite;

-- "Whose link changed since?", in the order in which it is told.
create index contacts_with_accounts_link_number_idx
  on contacts_with_accounts (owner_id, link_number, phone_key)
  where link_number is not null;

-- Links that were given to somebody, for erasure and consent.
create index contacts_with_accounts_link_given_idx
  on contacts_with_accounts (linked_user_id, owner_id, phone_key)
  where link_given;


-- Refuses a NULL argument by name. (A STRICT function would answer NULL
-- instead, which a caller takes for success.)
create function contact_sync_require(p_is_given boolean, p_argument text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_is_given is not true then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s must not be null', p_argument);
  end if;
end
$$;


-- Refuses a list that is missing or that holds lists by name, and one with a NULL
-- in it by the position of the first, counted from 0.
create function contact_sync_require_all(p_elements uuid[], p_argument text)
returns void
language plpgsql immutable
set search_path from current
as $$
declare
  v_position integer;
begin
  perform contact_sync_require(p_elements is not null, p_argument);
  if pg_catalog.array_ndims(p_elements) > 1 then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s must be an array of one dimension', p_argument),
      hint = 'Nothing was written.';
  end if;
  v_position := pg_catalog.array_position(p_elements, null) - pg_catalog.array_lower(p_elements, 1);
  if v_position is not null then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s must not be null at position %s', p_argument, v_position),
      detail = pg_catalog.json_build_object('position', v_position)::text,
      hint = 'Nothing was written.';
  end if;
end
$$;


-- Refuses a number that is missing or out of the range that its argument has,
-- and says which range that is; p_hint says what to do.
create function contact_sync_check_range(
  p_value    integer,
  p_least    integer,
  p_most     integer,
  p_argument text,
  p_hint     text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_value is not null, p_argument);
  if p_value < p_least or p_value > p_most then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: %s is %s; it must be from %s to %s',
                       p_argument, p_value, p_least, p_most),
      detail = pg_catalog.json_build_object('min', p_least, 'max', p_most)::text,
      hint = p_hint;
  end if;
end
$$;


-- Refuses a batch size outside 1 to 1,000 (the guide's maximum).
create function contact_sync_check_batch_size(p_batch_size integer)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_batch_size is null or p_batch_size not between 1 and 1000 then
    raise exception using
      errcode = 'YC002',
      message = pg_catalog.format('INVALID_BATCH_SIZE: the batch size is %s; it must be from 1 to 1000',
                       coalesce(p_batch_size::text, 'null')),
      detail = '{"min": 1, "max": 1000}',
      hint = 'get_optimal_batch_size() says which size fits.';
  end if;
end
$$;


-- Refuses more than 10,000 contacts in one call (the guide's limit).
create function contact_sync_check_call_size(p_received integer)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_received > 10000 then
    raise exception using
      errcode = 'YC003',
      message = pg_catalog.format('CONTACTS_LIMIT_EXCEEDED: at most 10000 contacts a call, received %s', p_received),
      detail = pg_catalog.json_build_object('limit', 10000, 'received', p_received)::text,
      hint = 'Send chunks of at most 10000; of a device''s whole book, parts of a session.';
  end if;
end
$$;


-- Refuses a missing or negative count of the device's contacts.
create function contact_sync_check_device_count(p_device_contacts_count integer)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_device_contacts_count is not null, 'p_device_contacts_count');
  if p_device_contacts_count < 0 then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_device_contacts_count must not be negative';
  end if;
end
$$;


-- Refuses a mode of syncing that there is not.
create function contact_sync_check_mode(p_mode text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_mode is not null, 'p_mode');
  if p_mode not in ('merge', 'replace') then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_mode must be ''merge'' or ''replace''';
  end if;
end
$$;


-- The phone keys of a call, sorted and each once, which is how every step of a
-- sync takes them. Refuses a missing one, and more than a call may have.
create function contact_sync_distinct_keys(p_phone_keys uuid[])
returns uuid[]
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  return array(select distinct pg_catalog.unnest(p_phone_keys) order by 1);
end
$$;


-- Whole milliseconds since a moment, at least 1, because rates divide by it.
-- From the epoch, since extract(milliseconds …) starts over at every minute.
create function contact_sync_milliseconds_since(p_started_at timestamptz)
returns integer
language sql volatile
set search_path from current
as $$
  select greatest(1, ceil(extract(epoch from clock_timestamp() - p_started_at) * 1000.0))::integer
$$;


-- Phone hashes as text → phone keys as uuid, in the order given.
--
-- A hash is 32 hex characters, or a whole SHA-256 of 64, which is cut. The
-- first one that is neither refuses the whole call by its position, counted
-- from 0; its value is never quoted, because it may be somebody's number.
create function contact_sync_parse_hashes(p_phone_hashes text[])
returns uuid[]
language plpgsql immutable
set search_path from current
as $$
declare
  v_keys     uuid[];
  v_position bigint;
begin
  -- uuid's input would also take hyphens and braces, but not within 32
  -- characters, as it wants 32 digits. Both halves of 64 are cast, so that the
  -- half that is cut off is checked as well. A cast costs a quarter of a
  -- regular expression, so the position of a fault is looked for only when
  -- there is one.
  begin
    v_keys := array(
      select case octet_length(h.hash)
               when 32 then h.hash::uuid
               when 64 then case when right(h.hash, 32)::uuid is not null then left(h.hash, 32)::uuid end
             end
        from pg_catalog.unnest(p_phone_hashes) with ordinality as h (hash, position)
       order by h.position);

    if pg_catalog.array_position(v_keys, null) is null then
      return v_keys;
    end if;
  exception
    when invalid_text_representation then null; -- to the search below
  end;

  select min(h.position) - 1
    into v_position
    from pg_catalog.unnest(p_phone_hashes) with ordinality as h (hash, position)
   where h.hash is null
      or h.hash !~ '^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{64})$';

  raise exception using
    errcode = 'YC004',
    message = pg_catalog.format('INVALID_PHONE_HASH: the phone hash at position %s is not 32 or 64 hex characters', v_position),
    detail = pg_catalog.json_build_object('position', v_position)::text,
    hint = 'A phone hash is the first 16 bytes of SHA-256 over the E.164 number, in hex. Nothing was written.';
end
$$;


-- Finds the first item of a bulk insert that can't be read and refuses the call
-- with its position, counted from 0, and the field. Only called when the set as
-- a whole did not parse, so it may go item by item; it never quotes a value.
create function contact_sync_refuse_items(p_contacts jsonb)
returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_item     jsonb;
  v_position bigint;
  v_field    text;
  v_read     contact_batch_item;
begin
  for v_item, v_position in
    select i.item, i.position - 1
      from jsonb_array_elements(p_contacts) with ordinality as i (item, position)
     order by i.position
  loop
    if jsonb_typeof(v_item) <> 'object' then
      raise exception using
        errcode = 'YC005',
        message = pg_catalog.format('INVALID_CONTACT: the contact at position %s is not an object', v_position),
        detail = pg_catalog.json_build_object('position', v_position)::text,
        hint = 'Each contact is an object with owner_id and phone_hash. Nothing was written.';
    end if;

    foreach v_field in array array['owner_id', 'is_favorite', 'linked_user_id', 'last_interaction'] loop
      begin
        v_read := pg_catalog.jsonb_populate_record(null::contact_batch_item, pg_catalog.jsonb_build_object(v_field, v_item -> v_field));
        if v_field = 'owner_id' and v_read.owner_id is null then
          raise exception using errcode = 'null_value_not_allowed';
        end if;
        if v_field = 'last_interaction' and not isfinite(v_read.last_interaction) then
          raise exception using errcode = 'datetime_field_overflow';
        end if;
      exception
        when data_exception then
          raise exception using
            errcode = 'YC005',
            message = pg_catalog.format('INVALID_CONTACT: the contact at position %s has no usable %s', v_position, v_field),
            detail = pg_catalog.json_build_object('position', v_position)::text,
            hint = pg_catalog.format('%s must be %s. Nothing was written.', v_field,
                          case v_field
                            when 'owner_id' then 'a UUID'
                            when 'is_favorite' then 'true, false, null or absent'
                            when 'linked_user_id' then 'a UUID, null or absent'
                            else 'a finite ISO 8601 time, null or absent'
                          end);
      end;
    end loop;

    if coalesce(v_item ->> 'phone_hash', '') !~ '^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{64})$' then
      raise exception using
        errcode = 'YC004',
        message = pg_catalog.format('INVALID_PHONE_HASH: the phone hash at position %s is not 32 or 64 hex characters', v_position),
        detail = pg_catalog.json_build_object('position', v_position)::text,
        hint = 'A phone hash is the first 16 bytes of SHA-256 over the E.164 number, in hex. Nothing was written.';
    end if;
  end loop;
end
$$;


-- The user a request acts for: the claim "sub" of request.jwt.claims, as
-- PostgREST and Supabase set it. NULL when there is none, when it is no UUID,
-- or when the user is an anonymous sign-in.
-- For every signed-in user and service_role.
create function contact_sync_subject()
returns uuid
language plpgsql stable
set search_path from current
as $$
declare
  v_claims jsonb;
begin
  v_claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  if coalesce(v_claims ->> 'is_anonymous', 'false') <> 'false' then
    return null;
  end if;
  return (v_claims ->> 'sub')::uuid;
exception
  when invalid_text_representation then
    return null;
end
$$;


-- The role of the session: inside of SECURITY DEFINER functions current_user is the
-- definer, but the role that SET ROLE chose still stands in the setting "role",
-- and where none did, it is the session's. NULL when it was dropped meanwhile.
create function contact_sync_caller()
returns oid
language plpgsql stable
set search_path from current
as $$
begin
  return pg_catalog.to_regrole(pg_catalog.quote_ident(
    coalesce(nullif(pg_catalog.current_setting('role', true), 'none'), session_user::text)))::oid;
end
$$;


-- Whether the caller may act for any owner: who has the rights of the tables'
-- owner or of service_role by being one of them, a member that inherits, or a
-- superuser. Never because of a grant: dumps, recipes and default privileges
-- change grants, and nobody notices.
--
-- Asked in functions that run as whoever calls them, so current_user is the
-- caller, also where a trigger, an index's function or another SECURITY DEFINER
-- function of a stranger's is run in a session that is trusted. (Within our own
-- SECURITY DEFINER functions it is their owner: whom they act for has been
-- decided by then.)
-- For every signed-in user and service_role.
create function contact_sync_is_trusted_caller()
returns boolean
language plpgsql stable
set search_path from current
as $$
declare
  v_caller constant oid := pg_catalog.to_regrole(pg_catalog.quote_ident(current_user::text))::oid;
begin
  -- First what a back end is, and what needs no look at the catalog.
  if pg_catalog.pg_has_role(v_caller, pg_catalog.to_regrole('service_role')::oid, 'usage') then
    return true;
  end if;
  return coalesce(pg_catalog.pg_has_role(v_caller, (select c.relowner
                                                      from pg_catalog.pg_class c
                                                     where c.oid = 'contacts_with_accounts'::regclass::oid),
                                         'usage'), false);
end
$$;


-- Whether the session may speak for a user at all: only of authenticated and its
-- members are the claims believed. Anybody else who can reach a function could
-- have written them, with set_config(), by themself; so could a stranger's code
-- that is run in the session of a back end or a superuser, which is why those
-- count as nobody here.
create function contact_sync_is_signed_in()
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_caller constant oid := contact_sync_caller();
begin
  return coalesce(pg_catalog.pg_has_role(v_caller, pg_catalog.to_regrole('authenticated')::oid, 'usage'), false)
     and not coalesce(pg_catalog.pg_has_role(v_caller, pg_catalog.to_regrole('service_role')::oid, 'usage'), false)
     and not coalesce(pg_catalog.pg_has_role(v_caller, (select c.relowner
                                                          from pg_catalog.pg_class c
                                                         where c.oid = 'contacts_with_accounts'::regclass::oid),
                                             'usage'), true);
end
$$;


-- Refuses everybody but the owner, signed in.
create function contact_sync_require_own(p_owner_id uuid)
returns void
language plpgsql stable
set search_path from current
as $$
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  if not contact_sync_is_signed_in() or contact_sync_subject() is distinct from p_owner_id then
    raise exception using
      errcode = 'YC007',
      message = 'NOT_ALLOWED: these contacts are not the caller''s own',
      hint = 'A signed-in user may act for themself only; a back end calls with service_role.';
  end if;
end
$$;


-- Refuses every isolation level but READ COMMITTED: only there does a later
-- statement have a later snapshot, which whoever locks first and then reads
-- relies on.
create function contact_sync_require_read_committed()
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using
      errcode = 'YC009',
      message = pg_catalog.format('UNSUPPORTED_ISOLATION_LEVEL: the transaction is %s; contact-sync needs READ COMMITTED',
                       upper(current_setting('transaction_isolation'))),
      hint = 'Begin the transaction with BEGIN ISOLATION LEVEL READ COMMITTED.';
  end if;
end
$$;


-- The fence's own half of its lock's name: of the schema, so that two installations in
-- one database have nothing to do with each other; by its name, which is the same on
-- every node. Two schemas that meet in it would wait for each other's transactions.
create function contact_sync_fence_id()
returns integer
language plpgsql stable
set search_path from current
as $$
begin
  return pg_catalog.hashtext(current_schema()::text);
end
$$;


-- Enters the fence that every transaction passes before it writes
-- linked_user_id: one shared, transaction-level advisory lock. The directory is
-- read in a later statement, so whoever is not behind the fence when a change
-- of the directory has committed will see that change; the linker waits for the
-- rest. Never taken exclusively, so nobody ever waits for it.
--
-- Before the lock comes the transaction's id, by which the linker knows it
-- (contact_sync_fence_holders()): of all names of a transaction, only that one
-- outlives PREPARE TRANSACTION and a restart of the server.
create function contact_sync_enter_fence()
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform contact_sync_require_read_committed();
  end if;
  perform pg_current_xact_id();
  -- 'csyn' in ASCII, and the schema
  perform pg_advisory_xact_lock_shared(x'6373796e'::integer, contact_sync_fence_id());
end
$$;


-- The groups that several owners are handled in, a statement a group: all of them at
-- once, which NULL stands for. On Citus a statement that locks or changes rows may touch
-- one shard alone, and there it is the owners of each shard
-- (contact_sync_cluster_owner_groups()).
create function contact_sync_owner_groups(p_owner_ids uuid[])
returns setof uuid[]
language plpgsql stable
set search_path from current
as $$
begin
  return next null::uuid[];
end
$$;


-- Enters the fence of the node where these owners' rows lie, whom the transaction has
-- locked: on PostgreSQL there is but one, which contact_sync_enter_fence() has entered.
-- On Citus see contact_sync_cluster_enter_node_fence().
create function contact_sync_enter_node_fence(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
as $$
begin
end
$$;


-- Who has locked these owners, or had: the transaction that the owner's row names, by its
-- id as of contact_sync_running_transactions(). On Citus, by the node where the row lies
-- (contact_sync_cluster_owner_lockers()).
create function contact_sync_owner_lockers(
  p_owner_ids uuid[],
  out owner_id uuid,
  out locker   bigint)
returns setof record
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
begin
  return query
    select s.owner_id, s.xmax::text::bigint
      from contact_sync_status s
     where s.owner_id = any (p_owner_ids);
end
$$;


-- Whether the linker's queue is larger than a few pages, entries that are done with
-- included: then it is asked by key. On Citus the table's size is not at hand, and it
-- always is (contact_sync_cluster_is_queue_large()).
create function contact_sync_is_queue_large()
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return pg_relation_size('contact_sync_pending_links'::regclass) > 131072;
end
$$;


-- Where the work of a call for one owner is done: here, in the transaction of the call.
-- What does the work is a function of its own, which on Citus runs whole on the node where
-- the owner's rows lie, in one round trip, unless contact_sync_cluster_choose_place() says
-- otherwise.
create function contact_sync_choose_place(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
as $$
begin
end
$$;


-- Goes on with what contact_sync_verify_key() has left in the setting
-- contact_sync.key_number, '' where nobody asked it. The work of a call may be done on
-- another node than that was asked on, and is given it as an argument.
create function contact_sync_take_key_number(p_key_number text)
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if coalesce(current_setting('contact_sync.key_number', true), '') <> p_key_number then
    perform set_config('contact_sync.key_number', p_key_number, true);
  end if;
end
$$;


-- The sessions on this node that work for the transaction that asks: this one, and on Citus
-- those called p_origin (contact_sync_origin()), where a transaction of another node asks;
-- they are no others. NULL: it asks here.
create function contact_sync_node_own_sessions(p_origin text)
returns integer[]
language plpgsql volatile
set search_path from current
as $$
begin
  if p_origin is null then
    return array[pg_backend_pid()];
  end if;
  -- Within a transaction the list of sessions stays as it was first read.
  perform pg_stat_clear_snapshot();
  return array(select a.pid from pg_catalog.pg_stat_activity a where a.application_name = p_origin)
    operator(pg_catalog.||) pg_backend_pid();
end
$$;


-- The ids of all transactions of others on this node that have one and have not ended,
-- prepared ones included. p_origin as of contact_sync_node_own_sessions().
create function contact_sync_node_transactions(p_origin text)
returns bigint[]
language sql volatile
set search_path from current
as $$
  select array(
    select l.transactionid::text::bigint
      from pg_catalog.pg_locks as l
     where l.locktype = 'transactionid'
       and l.mode = 'ExclusiveLock'
       and l.granted
       and coalesce(l.pid <> all ((select contact_sync_node_own_sessions(p_origin))::integer[]), true))
$$;


-- The ids of all transactions of others that have one and have not ended,
-- prepared ones included, whatever they do and wherever they run. On Citus, of all
-- nodes (contact_sync_cluster_running_transactions()).
create function contact_sync_running_transactions()
returns bigint[]
language plpgsql volatile
set search_path from current
as $$
begin
  return contact_sync_node_transactions(null::text);
end
$$;


-- The number of the key for a book that is only beginning: while a rotation moves
-- books, that of the next. Read where the row is made, not earlier.
create function contact_sync_new_key_number()
returns smallint
language plpgsql volatile
set search_path from current
as $$
begin
  return coalesce((select s.key_number + s.is_moving::integer from contact_sync_seal s), 0)::smallint;
end
$$;


-- Raises that a call was sealed with another key than what it concerns is sealed with
-- now, or was not told with both. The library finds out and does it again.
create function contact_sync_refuse_key()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC035',
    message = 'KEY_ROTATION: the sealing key is being changed, and the call was made with another one than is in force here by now',
    detail = '{"retry_after_seconds": 1}',
    hint = 'Nothing was written. Do the same again; contact-sync rotate-key --status says how far the change has come.';
end
$$;


-- Locks the owners of one group for contact_sync_lock_owners(): sorted and distinct, and on
-- Citus of one shard, of whose node it then enters the fence.
create function contact_sync_lock_group(p_owner_ids uuid[])
returns void
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
  v_number    constant text := nullif(nullif(current_setting('contact_sync.key_number', true), ''), 'any');
  v_locked    integer;
  v_strangers integer;
  v_missing   uuid[];
begin
  loop
    v_missing := array(select pg_catalog.unnest(p_owner_ids)
                       except
                       select s.owner_id
                         from contact_sync_status s
                        where s.owner_id = any (p_owner_ids)
                        order by 1);
    if pg_catalog.cardinality(v_missing) > 0 then
      insert into contact_sync_status (owner_id, key_number)
      select m.id, contact_sync_new_key_number()
        from pg_catalog.unnest(v_missing) as m (id)
       order by m.id
          on conflict (owner_id) do nothing;
    end if;

    select count(*), count(*) filter (where locked.key_number::text <> v_number)
      into v_locked, v_strangers
      from (select s.key_number
              from contact_sync_status s
             where s.owner_id = any (p_owner_ids)
             order by s.owner_id
               for update) as locked;

    -- Fewer when somebody was erased while we waited: their row is gone, and
    -- the next round makes a new one.
    exit when v_locked = coalesce(pg_catalog.cardinality(p_owner_ids), 0);
  end loop;
  if v_strangers > 0 then
    perform contact_sync_refuse_key();
  end if;
  perform contact_sync_enter_node_fence(p_owner_ids);
end
$$;


-- Locks owners for the rest of the transaction, so that syncs of one owner
-- follow one another and syncs of different owners don't wait. The lock is the
-- owner's status row, which is made where it is missing.
--
-- Always in owner order: two calls for several owners can't wait for each
-- other. What the lock protects must be read in a later statement: one that
-- locks and reads at once reads what was there before it waited.
--
-- Of several owners, those whom somebody has already are waited for one by one
-- before any is locked: or else one open transaction would hold up all the
-- others here for as long as it lasts. On Citus they are locked a shard at a time,
-- in the shards' order (contact_sync_owner_groups()).
--
-- Refuses a call that was sealed with another key than one of their books, which a
-- rotation has moved while it waited (contact_sync_verify_key()).
create function contact_sync_lock_owners(p_owner_ids uuid[])
returns void
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
  v_owner_ids uuid[];
  v_running   bigint[];
  v_busy_id   uuid;
  v_group     uuid[];
begin
  select pg_catalog.array_agg(distinct o.id order by o.id)
    into v_owner_ids
    from pg_catalog.unnest(p_owner_ids) as o (id);
  if pg_catalog.cardinality(v_owner_ids) = 1 then
    perform contact_sync_lock_group(v_owner_ids);
    return;
  end if;

  v_running := contact_sync_running_transactions();
  if pg_catalog.cardinality(v_running) > 0 then
    for v_busy_id in
      select l.owner_id
        from contact_sync_owner_lockers(v_owner_ids) as l
       where l.locker = any (v_running)
       order by l.owner_id
    loop
      begin
        perform from contact_sync_status s where s.owner_id = v_busy_id for update;
        raise exception using errcode = 'YC000'; -- lets go of it again
      exception
        when sqlstate 'YC000' then
          null;
      end;
    end loop;
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owner_ids) as g (owner_ids) loop
    perform contact_sync_lock_group(coalesce(v_group, v_owner_ids));
  end loop;
end
$$;


-- Takes back the status row that contact_sync_lock_owners() has made in this transaction
-- for a call that found nothing to do: of nobody known no row is left, as of somebody
-- who was erased and whose phone signs out afterwards. Whoever is known keeps theirs.
create function contact_sync_drop_new_owner(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  delete from contact_sync_status s
   where s.owner_id = p_owner_id
     and s.created_at = now()
     and s.contacts_count = 0
     and s.link_number = 0::bigint
     and s.first_sync_at is null;
end
$$;


-- Whether a given link counts for nothing: it is to somebody who was erased
-- after it was given, and that erasure is not settled (contact_sync_erasures).
-- contact_sync_confirmed_contacts asks the same in place, for many contacts.
create function contact_sync_is_erased_link(
  p_user_id   uuid,
  p_owner_id  uuid,
  p_phone_key uuid)
returns boolean
language sql stable
set search_path from current
as $$
  select exists (select
                   from contact_sync_erasures e
                  where e.user_digest = sha256(uuid_send(p_user_id))
                    and not e.is_settled
                    and not exists (select
                                      from contact_sync_renewed_links r
                                     where r.user_digest = e.user_digest
                                       and r.owner_id = p_owner_id
                                       and r.phone_key = p_phone_key
                                       and r.erased_at = e.erased_at))
$$;


-- A mark by which a cursor is known to be of an owner's history, as the owner's row
-- is made with (contact_sync_status.link_marks).
create function contact_sync_random_mark()
returns bigint
language plpgsql volatile
set search_path from current
as $$
begin
  return ('x' || right(md5(gen_random_uuid()::text), 16))::bit(64)::bigint;
end
$$;


-- An owner's marks with a new one, newest first: the last 32 are kept.
create function contact_sync_with_mark(p_marks bigint[], p_mark bigint)
returns bigint[]
language plpgsql immutable
set search_path from current
as $$
begin
  return array[p_mark] operator(pg_catalog.||) p_marks[1 : 31];
end
$$;


-- Adds to the numbers of contacts that owners have stored (a negative number
-- takes away), and refuses before anything is written when one passes
-- 1,000,000, the guide's limit. The two arrays run in parallel, each owner once. The
-- caller holds the owners' locks.
--
-- A book that begins gets a number and a mark for that (contact_sync_number_links()):
-- the links that it begins with have none of their own, and a cursor that has told
-- them is not one of the book as it was before.
create function contact_sync_count_stored(p_owner_ids uuid[], p_added integer[])
returns void
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
  v_mark  constant bigint := contact_sync_random_mark();
  v_group uuid[];
  v_most  integer;
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select max(s.contacts_count + a.added)
      into v_most
      from unnest(p_owner_ids, p_added) as a (owner_id, added)
      join contact_sync_status s on s.owner_id = a.owner_id
     where v_group is null
        or s.owner_id = any (v_group);

    if v_most > 1000000 then
      raise exception using
        errcode = 'YC003',
        message = pg_catalog.format('CONTACTS_LIMIT_EXCEEDED: at most 1000000 contacts an owner, this call would make it %s', v_most),
        detail = pg_catalog.json_build_object('limit', 1000000, 'contacts_count', v_most)::text,
        hint = 'Nothing of this call was written.';
    end if;

    -- Never below 0, whatever somebody deleted by hand.
    update contact_sync_status s
       set contacts_count = greatest(s.contacts_count + a.added, 0),
           link_number = case
                           when s.contacts_count = 0 and a.added > 0 then s.link_number + 2
                           else s.link_number
                         end,
           link_marks = case
                          when s.contacts_count = 0 and a.added > 0
                          then contact_sync_with_mark(s.link_marks, v_mark)
                          else s.link_marks
                        end
      from unnest(p_owner_ids, p_added) as a (owner_id, added)
     where s.owner_id = a.owner_id
       and (v_group is null or s.owner_id = any (v_group));
  end loop;
end
$$;


-- Records, once, that this database is sealed with the key of this id, and
-- verifies it ever after. The library calls it at every start. For service_role.
--
-- A database that holds numbers but no record was used from SQL alone: those
-- are plain hashes, which no sealed one will ever match, so it is refused. It
-- waits for transactions that are storing some (contact_sync_hold_seal()); only
-- under READ COMMITTED it then sees what they have stored.
create function contact_sync_record_seal(p_key_id text, p_check_value text)
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  perform contact_sync_require(p_key_id is not null, 'p_key_id');
  perform contact_sync_require(p_check_value is not null, 'p_check_value');

  if not exists (select from contact_sync_seal) then
    perform contact_sync_require_read_committed();
    -- Conflicts with all who store numbers and all who record, not with readers.
    lock table contact_sync_seal in exclusive mode;
    if not exists (select 1 from phones limit 1)
       and not exists (select 1 from contacts_with_accounts limit 1)
       and not exists (select 1 from contact_sync_staged_keys limit 1)
    then
      insert into contact_sync_seal (is_sealed, key_id, check_value) values (true, p_key_id, p_check_value)
          on conflict do nothing;
    end if;
  end if;

  if not exists (select
                   from contact_sync_seal s
                  where s.is_sealed
                    and s.key_id = p_key_id
                    and s.check_value = p_check_value) then
    raise exception using
      errcode = 'YC011',
      message = coalesce(
        (select case
                  when s.is_sealed then pg_catalog.format('KEY_MISMATCH: this database was sealed with the key %s, not with %s', s.key_id, p_key_id)
                  else 'KEY_MISMATCH: this database was recorded as unsealed'
                end
           from contact_sync_seal s),
        'KEY_MISMATCH: this database was used from SQL, unsealed, before any key was recorded'),
      hint = 'Use the key this database was first used with, or to which rotate-key has changed it since. With another one nobody would match and every book would be stored twice.';
  end if;
end
$$;


-- Records, once, that this database stores phone hashes as they are, so that
-- phones may sync by RPC. A dump then gives every number away to anybody with
-- a graphics card; docs/security.md says more. For service_role.
create function use_unsealed()
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  insert into contact_sync_seal (is_sealed) values (false)
      on conflict do nothing;
  if exists (select from contact_sync_seal s where s.is_sealed) then
    raise exception using
      errcode = 'YC011',
      message = 'KEY_MISMATCH: this database is sealed, and what is stored can''t be unsealed here',
      hint = 'Start with an empty schema for an unsealed database.';
  end if;
end
$$;


-- Verifies that this database is the one that a running instance was opened on:
-- sealed with the key of this id, or recorded as unsealed for two NULLs. True,
-- or an error.
--
-- The library asks it in each statement it sends, for what is behind a
-- connection may change under it: a schema dropped and restored from elsewhere,
-- a pooler that points to another server. The record stays locked, as all that
-- is read does, so nobody can drop it between the answer and the end.
--
-- p_owner_id is given by a call with phone keys of an owner, or of several: this one
-- then stands for all. Such a call may also come with the key that a rotation goes
-- over to, and is refused with YC035 unless the owner's book is of just that key.
-- Where it waits for the owner after that, contact_sync_lock_owners() asks again: the
-- number of the key is left in the setting contact_sync.key_number for the rest of the
-- transaction. A call without an owner has none ("any").
--
-- Not volatile, so that a statement that asks it for a condition asks it once,
-- and before it does anything else. For service_role.
create function contact_sync_verify_key(p_key_id text, p_check_value text, p_owner_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_number    smallint;
  v_new       smallint;
  v_is_moving boolean;
  v_is_next   boolean;
  v_asserted  text := 'any';
begin
  select s.key_number, s.is_moving,
         not (s.key_id is not distinct from p_key_id and s.check_value is not distinct from p_check_value)
    into v_number, v_is_moving, v_is_next
    from contact_sync_seal s
   where s.key_id is not distinct from p_key_id and s.check_value is not distinct from p_check_value
      or s.next_key_id = p_key_id and s.next_check_value = p_check_value;

  if not found then
    raise exception using
      errcode = 'YC011',
      message = pg_catalog.format(
        'KEY_MISMATCH: the database behind this connection is another one than at the start: it was %s, and now is %s',
        case when p_key_id is null then 'unsealed' else pg_catalog.format('sealed with the key %s', p_key_id) end,
        coalesce((select case
                           when s.is_sealed then pg_catalog.format('sealed with the key %s', s.key_id)
                           else 'unsealed'
                         end
                    from contact_sync_seal s),
                 'not recorded as either')),
      hint = 'Nothing was written. Bring back the database this process was started on, or restart with the key of the one that is there.';
  end if;
  if v_is_next and (p_owner_id is null or not v_is_moving) then
    perform contact_sync_refuse_key();
  end if;

  if p_owner_id is not null then
    v_new := v_number + v_is_moving::integer;
    v_number := v_number + v_is_next::integer;
    if v_is_moving
       and v_number <> coalesce((select s.key_number from contact_sync_status s where s.owner_id = p_owner_id), v_new)
    then
      perform contact_sync_refuse_key();
    end if;
    v_asserted := v_number::text;
  end if;
  if coalesce(current_setting('contact_sync.key_number', true), '') <> v_asserted then
    perform set_config('contact_sync.key_number', v_asserted, true);
  end if;
  return true;
end
$$;


-- What is recorded of the key, of a change of it that is under way, and of what the app
-- calls its users (contact_sync_seal); NULLs where nothing is recorded. For service_role.
create function contact_sync_seal_state(
  out is_sealed        boolean,
  out key_number       smallint,
  out key_id           text,
  out check_value      text,
  out next_key_id      text,
  out next_check_value text,
  out is_moving        boolean,
  out previous_key_id  text,
  out user_id_kind     text,
  out user_id_secret   bytea)
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  select s.is_sealed, s.key_number, s.key_id, s.check_value,
         s.next_key_id, s.next_check_value, s.is_moving, s.previous_key_id,
         s.user_id_kind, s.user_id_secret
    into is_sealed, key_number, key_id, check_value,
         next_key_id, next_check_value, is_moving, previous_key_id,
         user_id_kind, user_id_secret
    from contact_sync_seal s;
end
$$;


-- Which key the books of some owners are sealed with, in the order given; of one who
-- has none, which key it would be. For service_role.
create function contact_sync_book_key_numbers(p_owner_ids uuid[])
returns smallint[]
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
  v_new     constant smallint := contact_sync_new_key_number();
  v_group   uuid[];
  v_known   uuid[] := '{}';
  v_numbers smallint[] := '{}';
begin
  perform contact_sync_require_all(p_owner_ids, 'p_owner_ids');
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_known operator(pg_catalog.||) coalesce(pg_catalog.array_agg(s.owner_id), '{}'),
           v_numbers operator(pg_catalog.||) coalesce(pg_catalog.array_agg(s.key_number), '{}')
      into v_known, v_numbers
      from contact_sync_status s
     where s.owner_id = any (coalesce(v_group, p_owner_ids));
  end loop;
  return array(
    select coalesce(k.key_number, v_new)
      from pg_catalog.unnest(p_owner_ids) with ordinality as o (id, place)
      left join unnest(v_known, v_numbers) as k (owner_id, key_number) on k.owner_id = o.id
     order by o.place);
end
$$;


-- Refuses a call whose phone keys are of another key than the owner's book: it was
-- moved since they were made (contact_sync_verify_key()). For those who don't hold
-- the owner's lock; contact_sync_lock_owners() asks the same.
create function contact_sync_check_book_key(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_number constant text := nullif(nullif(current_setting('contact_sync.key_number', true), ''), 'any');
begin
  if v_number is not null
     and exists (select
                   from contact_sync_status s
                  where s.owner_id = p_owner_id
                    and s.key_number::text <> v_number)
  then
    perform contact_sync_refuse_key();
  end if;
end
$$;


-- Refuses a change of the directory that does not come with the keys that it takes:
-- while the sealing key is being changed, each number has two, which run in
-- parallel; at any other time one. Whoever has passed this is known by its lock
-- until it ends (contact_sync_seal), and only under READ COMMITTED it has read what
-- is so now.
create function contact_sync_check_next_keys(p_phone_keys uuid[], p_next_phone_keys uuid[])
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform contact_sync_require_read_committed();
  end if;
  if p_next_phone_keys is not null then
    perform contact_sync_require_all(p_next_phone_keys, 'p_next_phone_keys');
    if pg_catalog.cardinality(p_next_phone_keys) <> pg_catalog.cardinality(p_phone_keys) then
      raise exception using
        errcode = 'YC001',
        message = 'INVALID_ARGUMENT: p_phone_keys and p_next_phone_keys must be equally long';
    end if;
  end if;
  if exists (select from contact_sync_seal s where s.next_key_id is not null) <> (p_next_phone_keys is not null) then
    perform contact_sync_refuse_key();
  end if;
end
$$;


-- As long as no key is recorded, whoever stores numbers holds off those who
-- would record one until the transaction ends: what it stores is then either
-- seen by the question whether the database was used from SQL, or comes after
-- the answer and is refused. Once something is recorded it costs one look.
--
-- Two that store numbers don't wait for each other; only recording conflicts.
--
-- While a rotation moves books, a call that does not come from the library (which says
-- with which key it was made: contact_sync_verify_key()) is taken to be of the key that
-- was in force, and is refused for owners who have been moved.
create function contact_sync_hold_seal()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if exists (select from contact_sync_seal) then
    if coalesce(current_setting('contact_sync.key_number', true), '') = ''
       and exists (select from contact_sync_seal s where s.is_moving)
    then
      perform set_config('contact_sync.key_number', contact_sync_key_number()::text, true);
    end if;
    return;
  end if;

  -- or else what is looked at below is what was there before the wait
  perform contact_sync_require_read_committed();
  lock table contact_sync_seal in row share mode;
  if exists (select from contact_sync_seal s where s.is_sealed) then
    raise exception using
      errcode = 'YC011',
      message = 'KEY_MISMATCH: this database was sealed while the call waited, and what it was given is not',
      hint = 'Nothing was written. Go through the service or the library, which seal; see use_unsealed() for a database that phones sync to.';
  end if;
end
$$;


-- Refuses a sync from a phone in a database that is not recorded as unsealed.
create function contact_sync_require_unsealed()
returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not exists (select from contact_sync_seal s where not s.is_sealed) then
    raise exception using
      errcode = 'YC007',
      message = 'NOT_ALLOWED: in a sealed database only the server syncs',
      hint = 'Sync through the service, or see use_unsealed() and what it costs.';
  end if;
end
$$;


-- The budget for new numbers that is in force: how many an owner may sync at
-- once that are new to their book (0: any), and how many come back a day. A
-- person has some hundred contacts and meets a few new ones a day; an address
-- book of 20,000 comes in at the first go, and a list of guessed numbers does
-- not get far.
--
-- An account is new for some days (0: none is), and has a smaller burst then: who
-- makes accounts by the hundred has to feed each of them first. 10,000 is one call,
-- and more than nearly everybody has.
create function contact_sync_new_number_budget(
  out burst             integer,
  out refill_per_day    integer,
  out new_account_days  integer,
  out new_account_burst integer)
language plpgsql stable
set search_path from current
as $$
begin
  select s.new_number_burst, s.new_numbers_per_day, s.new_account_days, s.new_account_burst
    into burst, refill_per_day, new_account_days, new_account_burst
    from contact_sync_settings s
   where s.only_row;
  burst := coalesce(burst, 20000);
  refill_per_day := coalesce(refill_per_day, 2000);
  new_account_days := coalesce(new_account_days, 7);
  new_account_burst := least(coalesce(new_account_burst, 12000), burst);
end
$$;


-- Makes the row of settings, with the defaults, where there is none: in a database that
-- was restored without its data.
create function contact_sync_make_settings()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_burst          integer;
  v_refill_per_day integer;
begin
  if exists (select from contact_sync_settings) then
    return;
  end if;
  -- Citus takes no function that returns several columns where rows come from.
  select b.burst, b.refill_per_day
    into v_burst, v_refill_per_day
    from contact_sync_new_number_budget() as b;
  insert into contact_sync_settings (new_number_burst, new_numbers_per_day)
  values (v_burst, v_refill_per_day)
      on conflict (only_row) do nothing;
end
$$;


-- Sets the budget for new numbers, of every owner and for every face, and
-- returns the one in force. NULL leaves a figure as it is, so that a call
-- without arguments only tells. p_burst 0 is no budget. For p_new_account_days
-- after their first sync, owners have a burst of p_new_account_burst, and never
-- more than p_burst.
--
-- What owners have spent stays spent: with a lower burst some may have to wait
-- until they have room again. For service_role.
create function set_new_number_budget(
  p_burst             integer default null,
  p_refill_per_day    integer default null,
  p_new_account_days  integer default null,
  p_new_account_burst integer default null,
  out burst             integer,
  out refill_per_day    integer,
  out new_account_days  integer,
  out new_account_burst integer)
language plpgsql volatile
set search_path from current
as $$
begin
  if p_burst is not null then
    perform contact_sync_check_range(p_burst, 0, 1000000000, 'p_burst', '0 is no budget.');
  end if;
  if p_refill_per_day is not null then
    perform contact_sync_check_range(p_refill_per_day, 1, 1000000000, 'p_refill_per_day',
                                     'A p_burst of 0 is no budget.');
  end if;
  if p_new_account_days is not null then
    perform contact_sync_check_range(p_new_account_days, 0, 3650, 'p_new_account_days',
                                     '0 treats new accounts like all others.');
  end if;
  if p_new_account_burst is not null then
    perform contact_sync_check_range(p_new_account_burst, 1, 1000000000, 'p_new_account_burst',
                                     'p_new_account_days of 0 treats new accounts like all others.');
  end if;

  if p_burst is not null or p_refill_per_day is not null
     or p_new_account_days is not null or p_new_account_burst is not null
  then
    select b.burst, b.refill_per_day into burst, refill_per_day from contact_sync_new_number_budget() as b;
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, new_account_days, new_account_burst)
    values (coalesce(p_burst, burst), coalesce(p_refill_per_day, refill_per_day),
            coalesce(p_new_account_days, 7), coalesce(p_new_account_burst, 12000))
        on conflict (only_row) do update
       set new_number_burst = coalesce(p_burst, s.new_number_burst),
           new_numbers_per_day = coalesce(p_refill_per_day, s.new_numbers_per_day),
           new_account_days = coalesce(p_new_account_days, s.new_account_days),
           new_account_burst = coalesce(p_new_account_burst, s.new_account_burst),
           changed_at = excluded.changed_at
     where s.new_number_burst <> coalesce(p_burst, s.new_number_burst)
        or s.new_numbers_per_day <> coalesce(p_refill_per_day, s.new_numbers_per_day)
        or s.new_account_days <> coalesce(p_new_account_days, s.new_account_days)
        or s.new_account_burst <> coalesce(p_new_account_burst, s.new_account_burst);
  end if;

  select b.burst, b.refill_per_day, b.new_account_days, b.new_account_burst
    into burst, refill_per_day, new_account_days, new_account_burst
    from contact_sync_new_number_budget() as b;
end
$$;

-- So that no sync has to ask for the defaults.
select set_new_number_budget(b.burst, b.refill_per_day, b.new_account_days, b.new_account_burst)
  from contact_sync_new_number_budget() as b;


-- Reads what the process saw of a call before it was hashed, all of it optional:
-- how many numbers it could not read (rejected), how many it looked at and how many
-- of these have a near neighbour among them (numbers, neighbours), and when the
-- account was made (account_created_at). NULL, or an absent key: unknown. What a
-- call has removed before it adds goes with them (removed).
create function contact_sync_read_signs(
  p_signs jsonb,
  out rejected           integer,
  out neighbours         integer,
  out numbers            integer,
  out account_created_at timestamptz,
  out removed            integer)
language plpgsql stable
set search_path from current
as $$
begin
  if p_signs is null then
    return;
  end if;
  begin
    rejected := (p_signs ->> 'rejected')::integer;
    neighbours := (p_signs ->> 'neighbours')::integer;
    numbers := (p_signs ->> 'numbers')::integer;
    removed := (p_signs ->> 'removed')::integer;
    account_created_at := (p_signs ->> 'account_created_at')::timestamptz;
  exception
    when data_exception then
      rejected := -1;
  end;
  if jsonb_typeof(p_signs) <> 'object' or least(rejected, neighbours, numbers, removed) < 0 or neighbours > numbers
     or not isfinite(account_created_at)
  then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_signs is not what it should be',
      hint = 'An object of rejected, neighbours and numbers (whole numbers from 0, neighbours no more than numbers) and account_created_at (a time).';
  end if;
end
$$;


-- What was seen of a call (contact_sync_read_signs()), with what it has removed.
create function contact_sync_with_removed(p_signs jsonb, p_contacts_removed integer)
returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_set(coalesce(p_signs, '{}'::jsonb), '{removed}'::text[], p_contacts_removed::text::jsonb);
end
$$;


-- Refuses a call whose numbers a budget has no room for, and says when it will:
-- p_spent of p_limit is spent, and p_per_day comes back. Of a new account the limit
-- rises to p_later_limit in p_later_seconds (NULLs: it does not).
create function contact_sync_refuse_numbers(
  p_new_numbers   integer,
  p_rejected      integer,
  p_limit         numeric,
  p_spent         numeric,
  p_per_day       numeric,
  p_later_limit   numeric,
  p_later_seconds numeric)
returns void
language plpgsql immutable
set search_path from current
as $$
declare
  c_day     constant numeric := 86400; -- seconds
  c_longest constant numeric := 2147483647;
  -- numeric as well: an operator that no built-in one fits exactly may be another's
  v_charge  constant numeric := p_new_numbers + p_rejected;
  v_left    constant numeric := greatest(0, floor(p_limit - p_spent));
  -- until these numbers fit, or as many as ever can
  v_wait    numeric;
begin
  v_wait := (least(v_charge, p_limit) - (p_limit - p_spent)) * c_day / p_per_day;
  if p_later_limit is not null then
    v_wait :=
      case
        when v_charge > p_limit
        then greatest(p_later_seconds, (least(v_charge, p_later_limit) - (p_later_limit - p_spent)) * c_day / p_per_day)
        else least(v_wait, greatest(p_later_seconds, (v_charge - (p_later_limit - p_spent)) * c_day / p_per_day))
      end;
  end if;

  raise exception using
    errcode = 'YC013',
    message = pg_catalog.format(
      'NEW_NUMBER_BUDGET_EXCEEDED: %s numbers are new to this owner%s, whose %s has %s of %s left',
      p_new_numbers,
      case
        when p_rejected > 0
        then pg_catalog.format(' and %s more than a book''s share can''t be read', p_rejected)
      end,
      case when p_later_limit is null then 'budget' else 'budget, that of a new account,' end,
      v_left, p_limit),
    detail = pg_catalog.json_build_object(
      'limit', p_limit::integer,
      'remaining', v_left::integer,
      'reset', least(c_longest, ceil(p_spent * c_day / p_per_day))::integer,
      'new_numbers', p_new_numbers,
      'rejected_numbers', nullif(p_rejected, 0),
      'later_limit', p_later_limit::integer,
      'later_limit_seconds', case when p_later_limit is not null then p_later_seconds::integer end,
      'retry_after_seconds', least(c_longest, greatest(1, ceil(v_wait)))::integer)::text,
    hint = pg_catalog.format(
      'Nothing of this call was changed. %s%s',
      case
        when v_charge <= p_limit
        then 'Wait until the budget has refilled, or send fewer numbers that are new.'
        when p_later_limit is null or v_charge > p_later_limit
        then 'The budget never has room for as many at once: send chunks, as it refills.'
        else 'It has no room for as many at once while the account is new: send chunks, as it refills.'
      end,
      case
        when p_later_limit is not null
        then pg_catalog.format(' The limit rises to %s when the account is no longer new, in %s hours.',
                               p_later_limit, ceil(p_later_seconds / 3600.0))
      end);
end
$$;


-- Spends an owner's budget for new numbers on those of a call, and returns what
-- is left of it (NULLs: there is no budget). Beyond the budget it refuses the
-- call, and as that rolls back, a refused call costs nothing.
--
-- Unreadable numbers (p_signs) are charged alike beyond a book's share: 1,000, or
-- half of what was received with the p_numbers that could be read. Charged is what
-- exceeds the most that was charged before, so that the same book again is free.
--
-- What is stored is what was spent, and it dwindles: so that an owner who is
-- new has spent nothing, a budget that is raised is at hand at once, and a long
-- time can't pile up more than the burst. Nobody can tell from a refusal who of
-- the numbers has an account: it comes before the directory is asked.
--
-- An account is new after the moment that p_signs names, or after the owner's
-- first sync.
--
-- A clock that was set back gives nothing back, and the next call that is not
-- refused goes on by the new time. The caller holds the owner's lock; or gives NULL for
-- the new numbers and the signs, which only tells, also of an owner who has no row yet.
create function contact_sync_spend_budget(
  p_owner_id    uuid,
  p_new_numbers integer,
  p_numbers     integer,
  p_signs       jsonb,
  out budget_limit     integer,
  out budget_remaining integer,
  out budget_reset     integer)
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  c_day     constant numeric := 86400; -- seconds
  c_longest constant numeric := 2147483647;
  -- A real book has names without a number, short codes, *100#: some hundred at most.
  c_rejected_share constant integer := 1000;
  v_now     constant timestamptz := clock_timestamp();
  v_limit   numeric;
  v_per_day numeric;
  v_since   timestamptz;
  v_spent   numeric;
  v_first_sync_at    timestamptz;
  v_rejected         integer;
  v_rejected_before  integer;
  v_created_at       timestamptz;
  -- numeric, as all below: an operator that no built-in one fits exactly may be another's
  v_new_account_days numeric;
  v_new_burst        integer;
  v_charge           numeric;
  v_left             numeric;
  -- of a new account: what the limit rises to, in how many seconds
  v_later_limit      numeric;
  v_later_seconds    numeric;
begin
  select s.new_numbers_spent, s.new_numbers_since, s.first_sync_at, s.rejected_charged
    into v_spent, v_since, v_first_sync_at, v_rejected_before
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  v_spent := coalesce(v_spent, 0.0);
  select b.burst, b.refill_per_day, b.new_account_days, b.new_account_burst
    into budget_limit, v_per_day, v_new_account_days, v_new_burst
    from contact_sync_new_number_budget() as b;
  if budget_limit = 0 then
    budget_limit := null;
    return;
  end if;

  if p_signs is not null then
    select g.rejected, g.account_created_at
      into v_rejected, v_created_at
      from contact_sync_read_signs(p_signs) as g;
    v_rejected := v_rejected - greatest(c_rejected_share, ((p_numbers::bigint + v_rejected::bigint) / 2::bigint)::integer);
  end if;
  v_rejected := greatest(0, v_rejected - v_rejected_before);
  v_charge := coalesce(p_new_numbers, 0) + v_rejected;

  if v_new_burst < budget_limit and v_new_account_days > 0.0 then
    v_later_seconds := ceil(
      v_new_account_days * c_day
      - greatest(0.0, extract(epoch from v_now - coalesce(v_created_at, v_first_sync_at, v_now))));
    if v_later_seconds > 0.0 then
      v_later_limit := budget_limit;
      budget_limit := v_new_burst;
    end if;
  end if;
  v_limit := budget_limit;

  if v_since < v_now then
    v_spent := greatest(0, v_spent - v_per_day * extract(epoch from v_now - v_since) / c_day);
  end if;

  v_left := greatest(0, floor(v_limit - v_spent));
  if v_charge > v_left then
    perform contact_sync_refuse_numbers(
      p_new_numbers, v_rejected, v_limit, v_spent, v_per_day, v_later_limit, v_later_seconds);
  end if;

  if v_charge > 0.0 or v_since > v_now and p_new_numbers is not null then
    v_spent := round(v_spent + v_charge, 6);
    update contact_sync_status s
       set new_numbers_spent = v_spent,
           new_numbers_since = v_now,
           rejected_charged = s.rejected_charged + v_rejected
     where s.owner_id = p_owner_id;
  end if;
  budget_remaining := greatest(0, floor(v_limit - v_spent));
  budget_reset := least(c_longest, ceil(v_spent * c_day / v_per_day));
end
$$;


-- Gives back to an owner's budget what numbers cost that turned out to be none that
-- are stored (forget_phone()). The caller holds the owner's lock.
create function contact_sync_refund(p_owner_id uuid, p_numbers integer)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  update contact_sync_status s
     set new_numbers_spent = greatest(s.new_numbers_spent - p_numbers::numeric, 0::numeric)
   where s.owner_id = p_owner_id;
end
$$;


-- Writes a cursor: the number up to which changes were told, with the mark of a
-- moment of this history; where not all changes of that number were told, the
-- last contact who was; and whether it stands in a list of all links (r), at its
-- beginning where there is no contact, or of changes (c). list_contact_changes()
-- reads it.
create function contact_sync_cursor(
  p_mark      bigint,
  p_number    bigint,
  p_phone_key uuid,
  p_is_reset  boolean)
returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return pg_catalog.format('1.%s.%s.%s.%s', p_mark, p_number,
                           replace(p_phone_key::text, '-', ''), case when p_is_reset then 'r' else 'c' end);
end
$$;


-- Gives owners their next number for changes of links, which whoever writes links
-- then writes beside them; and a new random mark to know it by. Returns one row an
-- owner. With p_begins_anew, whoever follows has to begin anew: what happens
-- can't be told, or is too much to be told, contact by contact. The caller holds
-- the owners' locks.
create function contact_sync_number_links(
  p_owner_ids   uuid[],
  p_begins_anew boolean,
  out owner_id    uuid,
  out link_number bigint)
returns setof record
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
  v_mark constant bigint := contact_sync_random_mark();
begin
  return query
    update contact_sync_status as s
       set link_number = s.link_number + 2,
           link_marks = contact_sync_with_mark(s.link_marks, v_mark),
           links_begin_at = case when p_begins_anew then s.link_number + 2 else s.links_begin_at end
     where s.owner_id = any (p_owner_ids)
    returning s.owner_id, s.link_number;
end
$$;


-- A cursor for an owner at the present: what changes from now on comes after it. Of
-- an empty book that is all that there will be: so the links that a book begins with
-- need no numbers.
create function contact_sync_present_cursor(p_owner_id uuid)
returns text
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_mark     bigint;
  v_number   bigint;
  v_is_empty boolean;
begin
  select s.link_marks[1], s.link_number, s.contacts_count = 0
    into v_mark, v_number, v_is_empty
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  return contact_sync_cursor(coalesce(v_mark, 0), coalesce(v_number, 0), null::uuid, coalesce(v_is_empty, true));
end
$$;


-- Who finds users that have not chosen: everybody, mutual or nobody.
create function contact_sync_default_discoverable()
returns text
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return coalesce((select s.default_discoverable from contact_sync_settings s where s.only_row), 'everybody');
end
$$;


-- The one rule of who is visible to whom: a user, if an owner who has a number of
-- theirs may learn that the user has an account, and no row otherwise. Not if the user
-- has blocked them; otherwise as the user has chosen, or as the service's default is.
-- Mutual means that the user has a number of the owner's, one that the directory knows
-- as theirs, in their own book.
--
-- Stored links are those that this rule lets through, so whatever it depends on
-- enqueues what it changes for the linker: a choice and a block
-- (contact_sync_consent_changed()), a book (contact_sync_mutual_changed()), a number
-- in the directory (contact_sync_recheck_owners()). Reads ask it as well, since the
-- linker takes a moment.
--
-- Its body becomes a part of each statement that asks it, by which it costs one look
-- at an index for a user who has never said anything, and nearly as little for one
-- who is hidden: so that the time of an answer does not tell them from somebody who
-- is not there. Hence "begin atomic", which binds all names when it is created, in the
-- place of a search_path; and single values, each found by its key, in the place of
-- "exists", which the planner might answer by reading a whole table.
create function contact_sync_visible_user(p_owner_id uuid, p_user_id uuid)
returns setof uuid
language sql stable
begin atomic
  select p_user_id
   where case
           coalesce((select case
                              when c.has_blocks
                               and (select b.user_id
                                      from contact_sync_blocks b
                                     where b.user_id = p_user_id
                                       and b.blocked_user_id = p_owner_id) is not null
                              then 'nobody'
                              else c.discoverable
                            end
                       from contact_sync_consent c
                      where c.user_id = p_user_id),
                    (select s.default_discoverable from contact_sync_settings s where s.only_row),
                    'everybody')
           when 'everybody' then true
           when 'mutual' then
             (select true
                from phones d
               where d.linked_user_id = p_owner_id
                 and (select m.owner_id
                        from contacts_with_accounts m
                       where m.owner_id = p_user_id
                         and m.phone_key between d.phone_key and d.phone_key) is not null
               limit 1)
           else false
         end;
end;


-- Whether an owner who has a number of a user's may learn that the user has an
-- account, by the one rule (contact_sync_visible_user()).
create function contact_sync_may_find(p_owner_id uuid, p_user_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return exists (select from contact_sync_visible_user(p_owner_id, p_user_id));
end
$$;


-- Whether contact_sync_may_find() has to be asked about a user at all: whether there
-- is anybody who may not find them.
create function contact_sync_asks_consent(p_user_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return exists (select from contact_sync_consent c where c.user_id = p_user_id)
      or contact_sync_default_discoverable() <> 'everybody';
end
$$;


-- The link that an owner's contact is to have where the directory has p_user_id for
-- the number (NULL: nobody), and p_stored_user_id is the link it has. Nobody is linked
-- to themselves, or to somebody they may not find; and a held owner gains nothing.
create function contact_sync_link_of(
  p_owner_id       uuid,
  p_user_id        uuid,
  p_stored_user_id uuid)
returns uuid
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if p_user_id is null or p_user_id = p_owner_id then
    return null;
  end if;
  -- Two conditions, and not one: PL/pgSQL makes one statement of each, and on Citus one that
  -- names an owner's table takes longer than all the rest, also where it isn't asked.
  if p_user_id is distinct from p_stored_user_id then
    if exists (select from contact_sync_status s where s.owner_id = p_owner_id and s.held_at is not null) then
      return null;
    end if;
  end if;
  return (select v.id from contact_sync_visible_user(p_owner_id, p_user_id) as v (id));
end
$$;


-- Whether a user is found by those alone whom they have in their own book: only then
-- it matters to others what the book holds.
create function contact_sync_is_mutual(p_user_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return 'mutual' = coalesce((select c.discoverable from contact_sync_consent c where c.user_id = p_user_id),
                             contact_sync_default_discoverable());
end
$$;


-- Whether there is anybody who is found by those alone whom they have in their own
-- book: only then it matters to others' links which numbers an owner has. Whoever
-- asks is behind the fence, so that the linker waits for them when somebody chooses
-- so meanwhile.
create function contact_sync_is_anybody_mutual()
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return exists (select from contact_sync_consent c where c.discoverable = 'mutual')
      or contact_sync_default_discoverable() = 'mutual';
end
$$;


-- Has the linker look at whom a change of books has made visible, or invisible: the
-- book of user i, who is found by those alone whom they have in it, got or lost a
-- number of owner i. p_gains: got. With many of one user, everybody who has a number
-- of theirs is looked at. Links that were given to them are looked at, too, of which
-- the numbers are not known; one that is just being given is enqueued by whoever gives
-- it. The caller is behind the fence and holds the users' locks.
create function contact_sync_mutual_changed(
  p_user_ids  uuid[],
  p_owner_ids uuid[],
  p_gains     boolean)
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
  c_many constant bigint := 50;
  v_user_id uuid;
begin
  insert into contact_sync_pending_links (phone_key, owner_id, is_return, fence_holders)
  select n.phone_key, n.owner_id, n.is_return, case when n.is_return then '{}'::bigint[] end
    from (select d.phone_key, t.owner_id,
                 p_gains
                 and exists (select
                               from contact_sync_pending_links q
                              where q.phone_key = d.phone_key
                                and (q.owner_id is null or t.owner_id is null or q.owner_id = t.owner_id)) as is_return
            from (select distinct p.user_id,
                         case when count(*) over (partition by p.user_id) <= c_many then p.owner_id end as owner_id
                    from unnest(p_user_ids, p_owner_ids) as p (user_id, owner_id)
                   where p.owner_id <> p.user_id) as t
            join phones d on d.linked_user_id = t.user_id) as n;

  if not p_gains then
    for v_user_id in select distinct pg_catalog.unnest(p_user_ids) loop
      perform
         from contacts_with_accounts c
        where c.link_given
          and c.linked_user_id = v_user_id
        limit 1;
      if found then
        insert into contact_sync_pending_books (person_id, are_given) values (v_user_id, true);
      end if;
    end loop;
  end if;
end
$$;


-- Refuses what is no name of a device.
create function contact_sync_check_device_id(p_device_id text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_device_id is not null, 'p_device_id');
  if p_device_id !~ '^[A-Za-z0-9._-]{1,64}$' then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_device_id must be 1 to 64 of A–Z, a–z, 0–9, ".", "_" and "-"',
      hint = 'The app makes one up for each installation, for example a UUID, and keeps it.';
  end if;
end
$$;


-- Sets for how many days the choices for a removed contact (favourite, last
-- interaction) are kept for its return, 0 to 3650, and returns the number in
-- force. NULL only tells. For service_role.
create function set_choice_retention(p_days integer default null)
returns integer
language plpgsql volatile
set search_path from current
as $$
begin
  if p_days is not null then
    perform contact_sync_check_range(p_days, 0, 3650, 'p_days', '0 keeps nothing.');
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, choices_kept_days)
    select b.burst, b.refill_per_day, p_days
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do update
       set choices_kept_days = excluded.choices_kept_days,
           changed_at = excluded.changed_at
     where s.choices_kept_days <> excluded.choices_kept_days;
  end if;
  return coalesce((select s.choices_kept_days from contact_sync_settings s where s.only_row), 30);
end
$$;


-- How many of some numbers, which the owner has not stored, were paid for: a sync
-- removed them within the days for which choices are kept, and they come back.
create function contact_sync_count_paid(p_owner_id uuid, p_phone_keys uuid[])
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
  v_since timestamptz;
begin
  -- Most owners have none: one look at the index, however many the numbers are.
  if pg_catalog.cardinality(p_phone_keys) = 0
     or not exists (select from contact_sync_kept_choices k where k.owner_id = p_owner_id)
  then
    return 0;
  end if;
  v_since := clock_timestamp() - set_choice_retention(null::integer)::float8 * interval '1 day';
  return (select count(*)::integer
            from contact_sync_kept_choices k
           where k.owner_id = p_owner_id
             and k.phone_key = any (p_phone_keys)
             and k.removed_at > v_since);
end
$$;


-- Gives contacts that have come back what was chosen for them before: those of the
-- arrays, which run in parallel, have just been stored. p_favorites is what the
-- call itself said of them, or NULL. The caller holds the owners' locks.
create function contact_sync_restore_choices(
  p_owner_ids  uuid[],
  p_phone_keys uuid[],
  p_favorites  boolean[])
returns void
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
  v_since        timestamptz;
  v_group        uuid[];
  v_owners       uuid[];
  v_keys         uuid[];
  v_favorites    boolean[];
  v_interactions timestamptz[];
begin
  if not exists (select from contact_sync_kept_choices k where k.owner_id = any (p_owner_ids)) then
    return;
  end if;
  v_since := clock_timestamp() - set_choice_retention(null::integer)::float8 * interval '1 day';
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    with returned as (
      delete from contact_sync_kept_choices k
       using unnest(p_owner_ids, p_phone_keys, p_favorites) as n (owner_id, phone_key, is_favorite)
       where k.owner_id = n.owner_id
         and k.phone_key = n.phone_key
         and (v_group is null or k.owner_id = any (v_group))
      returning k.owner_id, k.phone_key, coalesce(n.is_favorite, k.is_favorite) as is_favorite,
                k.last_interaction, k.removed_at
    )
    select pg_catalog.array_agg(r.owner_id), pg_catalog.array_agg(r.phone_key),
           pg_catalog.array_agg(r.is_favorite), pg_catalog.array_agg(r.last_interaction)
      into v_owners, v_keys, v_favorites, v_interactions
      from returned r
     where r.removed_at > v_since
       and (r.is_favorite or r.last_interaction is not null); -- the others are as they should be

    update contacts_with_accounts c
       set is_favorite = r.is_favorite,
           last_interaction = greatest(c.last_interaction, r.last_interaction)
      from unnest(v_owners, v_keys, v_favorites, v_interactions)
           as r (owner_id, phone_key, is_favorite, last_interaction)
     where c.owner_id = r.owner_id
       and c.phone_key = r.phone_key
       and (v_group is null or c.owner_id = any (v_group));
  end loop;
end
$$;


-- Gives those of an owner's devices a new mark whose bit is in p_held_by: their
-- sets have changed, and what they know of them is no longer so. The caller holds
-- the owner's lock.
create function contact_sync_change_marks(p_owner_id uuid, p_held_by smallint)
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
  v_mark constant uuid := gen_random_uuid();
begin
  update contact_sync_devices d
     set sync_mark = v_mark
   where d.owner_id = p_owner_id
     and (1 << d.slot::integer) & p_held_by::integer <> 0;
end
$$;


-- Takes contacts out of an owner's book, those of p_phone_keys or (NULL) all, and
-- returns how many there were: what every removal and deletion stands on. With
-- p_keeps_choices, favourites and interactions are kept aside for a while, and
-- under a budget for new numbers that they were paid for; without, also those kept
-- before are forgotten. Devices that had one get a new
-- mark; where one was linked, or none is left, whoever follows begins anew. Where the
-- owner is found by those alone whom they have in their book, those are looked at who
-- left it. The caller holds the owner's lock.
create function contact_sync_remove_contacts(
  p_owner_id      uuid,
  p_phone_keys    uuid[],
  p_keeps_choices boolean)
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
  v_now        constant timestamptz := clock_timestamp();
  v_keys       uuid[] := p_phone_keys;
  v_removed    integer;
  v_held_by    smallint;
  v_was_linked boolean;
  v_is_empty   boolean;
  -- what is kept aside of them
  v_kept         uuid[];
  v_favorites    boolean[];
  v_interactions timestamptz[];
  v_keeps_days constant boolean := p_keeps_choices and set_choice_retention(null::integer) > 0;
  v_keeps_all  constant boolean := v_keeps_days and (select b.burst > 0 from contact_sync_new_number_budget() as b);
begin
  -- Whoever may be found may depend on it.
  perform contact_sync_enter_fence();
  if p_phone_keys is null then
    v_keys := array(select c.phone_key
                      from contacts_with_accounts c
                     where c.owner_id = p_owner_id
                     order by c.phone_key);
  end if;
  -- Whoever is in the book has none kept, but for what somebody has written by hand:
  -- gone first, so that no row need be looked for as it is entered.
  if v_keeps_days and exists (select from contact_sync_kept_choices k where k.owner_id = p_owner_id) then
    delete from contact_sync_kept_choices k
     where k.owner_id = p_owner_id
       and k.phone_key = any (v_keys);
  end if;
  -- By itself: a statement that changes two tables goes to all nodes of a cluster.
  with removed as (
    delete from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.phone_key = any (v_keys)
    returning c.phone_key, c.held_by, c.is_favorite, c.last_interaction,
              c.linked_user_id is not null or c.link_number is not null as was_linked
  )
  select count(*), bit_or(r.held_by), coalesce(bool_or(r.was_linked), false),
         pg_catalog.array_agg(r.phone_key) filter (where v_keeps_all or v_keeps_days and (r.is_favorite or r.last_interaction is not null)),
         pg_catalog.array_agg(r.is_favorite) filter (where v_keeps_all or v_keeps_days and (r.is_favorite or r.last_interaction is not null)),
         pg_catalog.array_agg(r.last_interaction) filter (where v_keeps_all or v_keeps_days and (r.is_favorite or r.last_interaction is not null))
    into v_removed, v_held_by, v_was_linked, v_kept, v_favorites, v_interactions
    from removed r;
  if v_kept is not null then
    insert into contact_sync_kept_choices (owner_id, phone_key, removed_at, is_favorite, last_interaction)
    select p_owner_id, k.phone_key, v_now, k.is_favorite, k.last_interaction
      from unnest(v_kept, v_favorites, v_interactions) as k (phone_key, is_favorite, last_interaction);
  end if;

  if not p_keeps_choices then
    delete from contact_sync_kept_choices k
     where k.owner_id = p_owner_id
       and (p_phone_keys is null or k.phone_key = any (p_phone_keys));
  end if;
  -- A stream under way may have named some of them, and is to end with the book that
  -- it has named; not with what a person has deleted.
  if p_keeps_choices then
    update contact_sync_streams t
       set is_incomplete = true
     where t.owner_id = p_owner_id;
  end if;
  if v_removed > 0 and contact_sync_is_mutual(p_owner_id) then
    perform contact_sync_mutual_changed(
      pg_catalog.array_agg(p_owner_id), pg_catalog.array_agg(d.linked_user_id), false)
       from phones d
      where d.phone_key = any (v_keys)
        and d.linked_user_id is not null;
  end if;
  if v_removed > 0 then
    perform contact_sync_count_stored(array[p_owner_id], array[-v_removed]);
    select s.contacts_count = 0
      into v_is_empty
      from contact_sync_status s
     where s.owner_id = p_owner_id;
    if v_held_by > 1 then
      perform contact_sync_change_marks(p_owner_id, v_held_by);
    end if;
    if v_was_linked or v_is_empty then
      perform contact_sync_number_links(array[p_owner_id], true);
    end if;
  end if;
  return v_removed;
end
$$;


-- A device lets go of some of an owner's contacts: who is held by nobody else
-- leaves the book, the others lose the device's bit. What it may let go of has been
-- decided (contact_sync_remove_missing()); p_gone_keys are those that nobody else
-- has. Returns how many left. The caller holds the owner's lock.
create function contact_sync_release_contacts(
  p_owner_id   uuid,
  p_slot       smallint,
  p_phone_keys uuid[],
  p_gone_keys  uuid[])
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
  v_bit     constant smallint := (1 << p_slot::integer)::smallint;
  v_removed integer := 0;
begin
  if pg_catalog.cardinality(p_gone_keys) > 0 then
    v_removed := contact_sync_remove_contacts(p_owner_id, p_gone_keys, true);
  end if;
  if pg_catalog.cardinality(p_phone_keys) > pg_catalog.cardinality(p_gone_keys) then
    update contacts_with_accounts c
       set held_by = c.held_by & ~v_bit
     where c.owner_id = p_owner_id
       and c.phone_key = any (p_phone_keys)
       and c.held_by & v_bit <> 0::smallint;
    perform contact_sync_change_marks(p_owner_id, v_bit);
  end if;
  return v_removed;
end
$$;


-- Takes a device's set away, and with it the contacts that nobody else holds;
-- returns how many. The caller holds the owner's lock.
create function contact_sync_clear_slot(p_owner_id uuid, p_slot smallint)
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
  v_bit  constant smallint := (1 << p_slot::integer)::smallint;
  v_held uuid[];
  v_gone uuid[];
begin
  select coalesce(pg_catalog.array_agg(h.phone_key), '{}'),
         coalesce(pg_catalog.array_agg(h.phone_key) filter (where h.held_by = v_bit), '{}')
    into v_held, v_gone
    from (select c.phone_key, c.held_by
            from contacts_with_accounts c
           where c.owner_id = p_owner_id
             and c.held_by & v_bit <> 0::smallint
           order by c.phone_key) as h;
  return contact_sync_release_contacts(p_owner_id, p_slot, v_held, v_gone);
end
$$;


-- The slot of a device that syncs, which is made known if it is not yet. is_heir:
-- the owner had 14 already, and it takes the slot of the one that has been silent
-- longest; in its first snapshot the other's set becomes its own, and a merge
-- begins without it (contacts_removed is what that took). The caller holds the
-- owner's lock.
create function contact_sync_use_device(
  p_owner_id  uuid,
  p_device_id text,
  p_mode      text,
  out slot             smallint,
  out is_known         boolean,
  out is_heir          boolean,
  out contacts_removed integer)
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
  v_silent_id text;
begin
  is_known := true;
  is_heir := false;
  contacts_removed := 0;
  select d.slot
    into slot
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  if found then
    return;
  end if;

  is_known := false;
  select min(f.slot)
    into slot
    from (select n.slot::smallint as slot
            from generate_series(1, 14) as n (slot)
          except
          select d.slot
            from contact_sync_devices d
           where d.owner_id = p_owner_id) as f;
  if slot is null then
    select d.device_id, d.slot
      into v_silent_id, slot
      from contact_sync_devices d
     where d.owner_id = p_owner_id
     order by d.last_seen_at, d.device_id
     limit 1;
    is_heir := true;
    if p_mode = 'merge' then
      contacts_removed := contact_sync_clear_slot(p_owner_id, slot);
    end if;
    delete from contact_sync_devices d
     where d.owner_id = p_owner_id
       and d.device_id = v_silent_id;
  end if;
  insert into contact_sync_devices (owner_id, device_id, slot, sync_mark)
  values (p_owner_id, p_device_id, slot, gen_random_uuid());
end
$$;


-- How far a figure has gone from p_none, where it says nothing yet, to p_full,
-- where it says all it can: 0 to 1, by how often it has multiplied.
create function contact_sync_degree(p_value float8, p_none float8, p_full float8)
returns float8
language plpgsql immutable
set search_path from current
as $$
begin
  if p_value is null or p_value <= p_none then
    return 0.0::float8;
  end if;
  return least(1.0::float8, ln(p_value / p_none) / ln(p_full / p_none));
end
$$;


-- How much an owner's syncs of a day look like an attack, as a score: from 0, like
-- anybody, to 150, of which 100 are shown. It is a sum of signs, none of which
-- proves anything: people have companies, families and old address books.
--
-- The figures are of the last 24 hours, with the sync under way: numbers that were
-- new to the owner (p_new), those of them that somebody saw before they were hashed
-- (p_seen) and that had a near neighbour (p_neighbours); what the syncs named
-- (p_named) and how many of it had accounts (p_matched); what they removed, and how
-- many the budget has refused. p_book is how large the book becomes; the last two
-- are what books look like here (contact_sync_population), NULL: unknown.
create function contact_sync_suspicion(
  p_new              bigint,
  p_seen             bigint,
  p_neighbours       float8,
  p_named            bigint,
  p_matched          bigint,
  p_contacts_removed bigint,
  p_refusals         bigint,
  p_book             integer,
  p_usual_book       integer,
  p_usual_share      float8)
returns smallint
language plpgsql immutable
set search_path from current
set jit = off
as $$
declare
  -- Neighbours. Who tries a range gives one number after the other, nearly all of
  -- them; the published attack on WhatsApp (2025) took whole ranges of each country,
  -- and so did that on Signal, Telegram and WhatsApp of 2021 ("All the Numbers are
  -- US", NDSS). In a book, chance makes hardly any: 1,000 numbers of a town with
  -- 100,000 have 1 in 10. Families and companies make more, so a share of 15 % says
  -- nothing, and how many they are counts as well: 100 extensions of a switchboard
  -- are nothing, 300 colleagues and nobody else are 17 points, and 5,000 consecutive
  -- numbers in a day are no person's.
  c_neighbours      constant float8 := 60.0;
  c_share_none      constant float8 := 0.15;
  c_share_full      constant float8 := 0.6;
  c_count_none      constant float8 := 100.0;
  c_count_full      constant float8 := 5000.0;
  -- Hits. Guessed numbers have accounts less often than those of friends (NDSS 2021:
  -- 0.5 % of all numbers of the US were Signal's, 9.8 % WhatsApp's), and a list of
  -- known users more often. But friends abroad, or a service that one town uses,
  -- make a factor of three; and below 10 expected hits chance alone makes one.
  c_hits            constant float8 := 20.0;
  c_factor_none     constant float8 := 3.0;
  c_factor_full     constant float8 := 10.0;
  c_fewest_hits     constant float8 := 10.0;
  -- Exchange. A new phone, or an account of a company in place of one's own, changes
  -- some hundred numbers once; who goes through a plan changes all that the budget
  -- allows, day by day (2,000: 21 points).
  c_exchange        constant float8 := 30.0;
  c_exchange_none   constant float8 := 200.0;
  c_exchange_full   constant float8 := 5000.0;
  -- Size, against what all but one in a hundred here have; never below 1,000, the
  -- most that many a phone's own book has held. A fifth of it full is a salesperson.
  c_size            constant float8 := 20.0;
  c_smallest_usual  constant integer := 1000;
  c_size_full       constant float8 := 5.0;
  -- Refusals of the budget. Who has a large book meets one or two; a program goes on.
  c_refusals        constant float8 := 20.0;
  c_refusals_full   constant float8 := 10.0;

  v_score float8 := 0.0;
  v_share float8;
  v_hits  float8;
  v_usual float8;
begin
  if p_seen > 0 then
    v_share := p_neighbours / p_seen::float8;
    v_score := v_score + c_neighbours
      * contact_sync_degree(v_share, c_share_none, c_share_full)
      * contact_sync_degree(p_neighbours, c_count_none, c_count_full);
  end if;

  v_hits := p_matched::float8;
  v_usual := p_named::float8 * p_usual_share;
  if greatest(v_hits, v_usual) >= c_fewest_hits then
    v_score := v_score + c_hits * contact_sync_degree(
      greatest((v_hits + 1.0::float8) / (v_usual + 1.0::float8), (v_usual + 1.0::float8) / (v_hits + 1.0::float8)),
      c_factor_none, c_factor_full);
  end if;

  v_score := v_score
    + c_exchange * contact_sync_degree(least(p_new, p_contacts_removed)::float8, c_exchange_none, c_exchange_full)
    + c_refusals * contact_sync_degree((p_refusals + 1::bigint)::float8, 1.0::float8, c_refusals_full);
  if p_usual_book is not null then
    v_score := v_score + c_size * contact_sync_degree(
      p_book::float8 / greatest(p_usual_book, c_smallest_usual)::float8, 1.0::float8, c_size_full);
  end if;
  return round(v_score)::smallint;
end
$$;


-- Judges a sync that brings numbers new to its owner, p_new beside those that only
-- came back, notes the score for the run (contact_sync_record_run()), and holds the
-- owner where it reaches the threshold that is set (set_suspect_hold()). Returns
-- whether the owner is held: then the caller stores no new link, and tells of none.
--
-- p_numbers is what the call names, p_matched how many of that have accounts. Takes
-- as long for any book: the owner's last 100 runs are looked at, and three rows.
--
-- Who was released is held again by what is worse by a whole sign, and not by the
-- same book: for 90 days, after which it is anybody's account again. The caller holds
-- the owner's lock.
create function contact_sync_judge(
  p_owner_id uuid,
  p_numbers  integer,
  p_new      integer,
  p_matched  integer,
  p_signs    jsonb)
returns boolean
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
  -- exchanging the book once more is worth as much (contact_sync_suspicion())
  c_worse      constant smallint := 30;
  -- On Citus runs are numbered where they are written: from 1 on the coordinator, and by
  -- each of the other nodes from beyond this. On PostgreSQL none is.
  c_elsewhere  constant bigint := 281474976710656;
  v_now        constant timestamptz := clock_timestamp();
  v_day_ago    constant timestamptz := v_now - interval '1 day';
  v_long_ago   constant timestamptz := v_now - interval '90 days';
  v_neighbours float8;
  v_percent    smallint;
  v_removed    integer;
  v_suspicion  smallint;
  v_is_held    boolean;
begin
  -- Of those that are new, as many in proportion as of all that were looked at.
  select g.neighbours::float8 / nullif(g.numbers, 0)::float8, coalesce(g.removed, 0)
    into v_neighbours, v_removed
    from contact_sync_read_signs(p_signs) as g;
  v_percent := round(100.0::float8 * v_neighbours)::smallint;

  select contact_sync_suspicion(
           d.inserted + p_new::bigint,
           d.seen + case when v_neighbours is null then 0::bigint else p_new::bigint end,
           d.neighbours + coalesce(v_neighbours * p_new::float8, 0.0::float8),
           d.named + p_numbers::bigint,
           d.matched + p_matched::bigint,
           d.removed + v_removed::bigint,
           d.refusals,
           s.contacts_count + p_new,
           (select p.book_size     from contact_sync_population p where p.only_row),
           (select p.matched_share from contact_sync_population p where p.only_row))
    into v_suspicion
    from contact_sync_status s
   cross join (
           select coalesce(sum(r.contacts_inserted), 0::bigint) as inserted,
                  coalesce(sum(r.contacts_inserted) filter (where r.neighbours_percent is not null), 0::bigint) as seen,
                  coalesce(sum(r.contacts_inserted::float8 * r.neighbours_percent::float8 / 100.0::float8), 0.0::float8) as neighbours,
                  coalesce(sum(r.synced_contacts_count), 0::bigint) as named,
                  coalesce(sum(r.matched_contacts_count), 0::bigint) as matched,
                  coalesce(sum(r.contacts_removed), 0::bigint) as removed,
                  count(*) filter (where r.error_code = 'NEW_NUMBER_BUDGET_EXCEEDED') as refusals
             from ((select l.*
                      from contact_sync_runs l
                     where l.owner_id = p_owner_id
                       and l.run_id < c_elsewhere
                     order by l.run_id desc
                     limit 100)
                    union all
                   (select l.*
                      from contact_sync_runs l
                     where l.owner_id = p_owner_id
                       and l.run_id >= c_elsewhere
                     order by l.run_id desc
                     limit 100)) as r
            where r.started_at > v_day_ago) as d
   where s.owner_id = p_owner_id;

  update contact_sync_status s
     set judged_suspicion = greatest(s.judged_suspicion, v_suspicion),
         judged_neighbours = greatest(s.judged_neighbours, v_percent),
         held_at = h.held_at,
         held_suspicion = case when h.held_at is null or s.held_at is not null then s.held_suspicion else v_suspicion end
    from (select case
                   when o.held_at is not null then o.held_at
                   when v_suspicion >= (select b.hold_suspects from contact_sync_settings b where b.only_row)
                    and (o.released_at is null
                      or o.released_at < v_long_ago
                      or v_suspicion >= o.released_suspicion + c_worse)
                   then v_now
                 end as held_at
            from contact_sync_status o
           where o.owner_id = p_owner_id) as h
   where s.owner_id = p_owner_id
  returning s.held_at is not null into v_is_held;
  return v_is_held;
end
$$;


-- The heart of every sync: brings the stored book of one owner to hold the
-- given numbers, linked as the directory says, and reports what that took.
--
-- The owner's book is read once. The directory is asked about the numbers that
-- are new, and about stored ones whose entry changed and which the linker has
-- not reached; every other contact is linked as the directory says, that is the
-- linker's promise (link_pending_phones()). Whom the owner may not find
-- (contact_sync_visible_user()) is to them as if they had no account, and a number that
-- was forgotten (forget_phone()) is not stored and counts as unchanged. Then only
-- differences are written,
-- in key order, p_batch_size rows a statement: a book that is already right is
-- only read. is_favorite and last_interaction belong to the owner and are never
-- touched.
--
-- p_held_by is the bit of whoever syncs: those of the numbers that lack it get it,
-- which is bookkeeping and counts as unchanged. A contact that was removed and
-- comes back gets its choices back.
--
-- With p_budget, numbers that are new to the owner are charged to their budget,
-- which refuses the call where it has no room for them, and judged, for which
-- p_signs says what was seen of them before they were hashed. An owner who is held
-- gains no link: who would be one is stored and told as if nobody had the number.
--
-- Its callers hold the fence and the owner's lock. p_phone_keys is sorted and
-- has no duplicates. Those of p_stream_id have been staged; where they would
-- take the owner beyond the limit, none of the new ones is stored: they are
-- reported as if they were, and contact_sync_finish_stream() stores them when it
-- has made room.
--
-- What is known is carried in arrays, sorted, from statement to statement.
create function contact_sync_merge(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  p_batch_size integer,
  p_budget     boolean,
  p_stream_id  uuid,
  p_held_by    smallint,
  p_signs      jsonb)
returns contact_sync_result
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
  -- links that are told one by one; with more, whoever follows begins anew
  c_most_told     constant integer := 200;
  -- stands for "this number was forgotten": nobody is linked to themselves
  c_forgotten     constant uuid := p_owner_id;
  v_now           constant timestamptz := clock_timestamp();
  v_result        contact_sync_result;
  v_stored        integer;
  v_has_room      boolean;
  v_is_held       boolean;
  v_pending_keys  uuid[] := '{}';
  -- of the links that were given, those that count for nothing
  v_void_keys     uuid[] := '{}';
  -- what is stored, and those of it that are linked
  v_stored_keys   uuid[];
  v_linked_keys   uuid[];
  v_linked_users  uuid[];
  v_linked_silent boolean[];
  v_any_silent    boolean;
  -- those that are not held by whoever syncs
  v_unheld_keys   uuid[];
  v_new_keys      uuid[];
  v_new_links     uuid[];
  -- how many of the new ones were paid for and come back
  v_paid          integer;
  -- how many were charged before the directory was asked
  v_charged       integer;
  -- of the new ones, those that are linked
  v_matched_keys   uuid[];
  v_matched_users  uuid[];
  v_matched_silent boolean[];
  v_changed_keys   uuid[];
  v_changed_links  uuid[];
  v_changed_silent boolean[];
  v_link_number    bigint;
  v_tells_new      boolean := false;
  v_is_any_silent  boolean;
begin
  -- Asked before the book is read: a change of the directory that commits after
  -- this was not there yet for this sync, and the linker will find the contact.
  -- A small queue is mostly empty, and that is seen fastest from its first page;
  -- a large one may be full of entries that are done with, so it is asked by key.
  if contact_sync_is_queue_large()
     or exists (select from contact_sync_pending_links)
  then
    v_pending_keys := array(
      select distinct q.phone_key
        from contact_sync_pending_links q
       where q.phone_key = any (p_phone_keys)
         and (q.owner_id is null or q.owner_id = p_owner_id));
  end if;
  -- Likewise links that were given to somebody who has been erased since, or is not
  -- to be found; and all of the owner's, where whom they may find has changed.
  if exists (select from contact_sync_erasures e where not e.is_settled)
     or exists (select from contact_sync_pending_books)
     or pg_catalog.cardinality(v_pending_keys) > 0
  then
    v_void_keys := array(
      select c.phone_key
        from contacts_with_accounts c
       where c.owner_id = p_owner_id
         and c.phone_key = any (p_phone_keys)
         and c.link_given
         and (   contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
              or not contact_sync_may_find(c.owner_id, c.linked_user_id)));
    v_pending_keys :=
      case
        when exists (select from contact_sync_pending_books b where b.person_id = p_owner_id) then p_phone_keys
        else v_pending_keys operator(pg_catalog.||) v_void_keys
      end;
  end if;

  -- A link that has no number has not changed since the book began: the directory
  -- says whether it is silent.
  v_any_silent := exists (select from phones d where d.is_silent);

  -- A book not much larger than the call is read from end to end, in key order:
  -- one stretch of the index and of the table, and no search for each number.
  select s.contacts_count, s.held_at is not null
    into v_stored, v_is_held
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  if v_stored <= 2 * pg_catalog.cardinality(p_phone_keys) then
    select pg_catalog.array_agg(c.phone_key),
           pg_catalog.array_agg(c.phone_key)      filter (where c.linked_user_id is not null),
           pg_catalog.array_agg(c.linked_user_id) filter (where c.linked_user_id is not null),
           pg_catalog.array_agg(c.is_silent)      filter (where c.linked_user_id is not null),
           pg_catalog.array_agg(c.phone_key)      filter (where c.held_by & p_held_by = 0::smallint)
      into v_stored_keys, v_linked_keys, v_linked_users, v_linked_silent, v_unheld_keys
      from (select c.phone_key, c.linked_user_id, c.held_by,
                   case
                     when c.linked_user_id is null      then false
                     when c.link_number is not null     then c.link_number % 2::bigint = 1::bigint
                     else v_any_silent and exists (select from phones d where d.phone_key = c.phone_key and d.is_silent)
                   end as is_silent
              from contacts_with_accounts c
             where c.owner_id = p_owner_id
             order by c.phone_key) as c;

    -- Of a contact that is not in this call, nothing is reported or written.
    if v_linked_keys is not null and v_stored_keys operator(pg_catalog.<>) p_phone_keys then
      select pg_catalog.array_agg(l.phone_key order by l.phone_key),
             pg_catalog.array_agg(l.user_id   order by l.phone_key),
             pg_catalog.array_agg(l.is_silent order by l.phone_key)
        into v_linked_keys, v_linked_users, v_linked_silent
        from unnest(v_linked_keys, v_linked_users, v_linked_silent) as l (phone_key, user_id, is_silent)
        join pg_catalog.unnest(p_phone_keys) as w (phone_key) on w.phone_key = l.phone_key;
    end if;
    if v_unheld_keys is not null and v_stored_keys operator(pg_catalog.<>) p_phone_keys then
      v_unheld_keys := array(select pg_catalog.unnest(v_unheld_keys) intersect select pg_catalog.unnest(p_phone_keys) order by 1);
    end if;
  else
    select pg_catalog.array_agg(c.phone_key),
           pg_catalog.array_agg(c.phone_key)      filter (where c.linked_user_id is not null),
           pg_catalog.array_agg(c.linked_user_id) filter (where c.linked_user_id is not null),
           pg_catalog.array_agg(c.is_silent)      filter (where c.linked_user_id is not null),
           pg_catalog.array_agg(c.phone_key)      filter (where c.held_by & p_held_by = 0::smallint)
      into v_stored_keys, v_linked_keys, v_linked_users, v_linked_silent, v_unheld_keys
      from (select c.phone_key, c.linked_user_id, c.held_by,
                   case
                     when c.linked_user_id is null      then false
                     when c.link_number is not null     then c.link_number % 2::bigint = 1::bigint
                     else v_any_silent and exists (select from phones d where d.phone_key = c.phone_key and d.is_silent)
                   end as is_silent
              from contacts_with_accounts c
             where c.owner_id = p_owner_id
               and c.phone_key = any (p_phone_keys)
             order by c.phone_key) as c;
  end if;

  v_new_keys :=
    case
      when v_stored_keys is null then p_phone_keys
      when v_stored_keys operator(pg_catalog.=) p_phone_keys then '{}'
      else array(select pg_catalog.unnest(p_phone_keys) except select pg_catalog.unnest(v_stored_keys) order by 1)
    end;

  -- Before the directory is asked: a refusal says nothing of what it holds.
  if p_budget then
    v_paid := contact_sync_count_paid(p_owner_id, v_new_keys);
    v_charged := pg_catalog.cardinality(v_new_keys) - v_paid;
    select b.budget_limit, b.budget_remaining, b.budget_reset
      into v_result.budget_limit, v_result.budget_remaining, v_result.budget_reset
      from contact_sync_spend_budget(
             p_owner_id, v_charged, pg_catalog.cardinality(p_phone_keys), p_signs) as b;
  end if;

  -- A subselect a number keeps the order of the array, and no join can go wrong.
  -- People store their own number, and that links them to nobody.
  if pg_catalog.cardinality(v_new_keys) > 0 then
    select pg_catalog.array_agg(n.link),
           pg_catalog.array_agg(n.phone_key) filter (where n.link is not null),
           pg_catalog.array_agg(n.link)      filter (where n.link is not null)
      into v_new_links, v_matched_keys, v_matched_users
      from (select w.phone_key,
                   (select case
                             when d.linked_user_id is null then c_forgotten
                             when d.linked_user_id = p_owner_id then null
                             else (select v.id from contact_sync_visible_user(p_owner_id, d.linked_user_id) as v (id))
                           end
                      from phones d
                     where d.phone_key = w.phone_key) as link
              from (select pg_catalog.unnest(v_new_keys) as phone_key) as w
            offset 0) as n; -- as it stands, not folded into the aggregates
    if pg_catalog.array_position(v_matched_users, c_forgotten) is not null then
      select pg_catalog.array_agg(n.phone_key order by n.phone_key),
             pg_catalog.array_agg(n.link      order by n.phone_key),
             pg_catalog.array_agg(n.phone_key order by n.phone_key) filter (where n.link is not null),
             pg_catalog.array_agg(n.link      order by n.phone_key) filter (where n.link is not null)
        into v_new_keys, v_new_links, v_matched_keys, v_matched_users
        from unnest(v_new_keys, v_new_links) as n (phone_key, link)
       where n.link is distinct from c_forgotten;
      v_new_keys := coalesce(v_new_keys, '{}');
      if p_budget then
        v_paid := contact_sync_count_paid(p_owner_id, v_new_keys);
        -- What is not stored costs nothing, and gives nothing where nothing was charged.
        if v_result.budget_limit is not null then
          perform contact_sync_refund(p_owner_id, v_charged - (pg_catalog.cardinality(v_new_keys) - v_paid));
          select b.budget_remaining, b.budget_reset
            into v_result.budget_remaining, v_result.budget_reset
            from contact_sync_spend_budget(p_owner_id, null::integer, null::integer, null::jsonb) as b;
        end if;
      end if;
    end if;
    v_matched_silent :=
      case
        when v_matched_keys is null then null
        when v_any_silent
        then array(select exists (select from phones d where d.phone_key = m.phone_key and d.is_silent)
                     from (select pg_catalog.unnest(v_matched_keys) as phone_key) as m)
        else pg_catalog.array_fill(false, array[pg_catalog.cardinality(v_matched_keys)])
      end;
    if pg_catalog.cardinality(v_new_keys) > v_paid then
      v_is_held := contact_sync_judge(
        p_owner_id, pg_catalog.cardinality(p_phone_keys), pg_catalog.cardinality(v_new_keys) - v_paid,
        coalesce(pg_catalog.cardinality(v_linked_keys), 0) + coalesce(pg_catalog.cardinality(v_matched_keys), 0),
        p_signs);
    end if;
    if v_is_held then
      v_new_links := pg_catalog.array_fill(null::uuid, array[pg_catalog.cardinality(v_new_keys)]);
      v_matched_keys := null;
      v_matched_users := null;
      v_matched_silent := null;
    end if;
  end if;

  -- Of what is stored, only a number whose entry changed can be linked
  -- otherwise than it should. A given link stands only where the directory has
  -- no entry.
  if pg_catalog.cardinality(v_pending_keys) > 0 then
    select pg_catalog.array_agg(t.phone_key order by t.phone_key),
           pg_catalog.array_agg(t.link      order by t.phone_key),
           pg_catalog.array_agg(t.is_silent order by t.phone_key)
      into v_changed_keys, v_changed_links, v_changed_silent
      from (select c.phone_key, c.linked_user_id, coalesce(d.is_silent, false) as is_silent,
                   case
                     -- as contact_sync_link_of(), but that they are held is known
                     when d.phone_key is not null and v_is_held and d.linked_user_id is distinct from c.linked_user_id then null
                     when d.phone_key is not null
                     then (select v.id from contact_sync_visible_user(p_owner_id, nullif(d.linked_user_id, p_owner_id)) as v (id))
                     when c.link_given and c.phone_key <> all (v_void_keys) then c.linked_user_id
                   end as link,
                   c.link_given and d.phone_key is not null as loses_given_link
              from contacts_with_accounts c
              left join phones d on d.phone_key = c.phone_key and d.phone_key = any (v_pending_keys)
             where c.owner_id = p_owner_id
               and c.phone_key = any (v_pending_keys)) as t
     where t.link is distinct from t.linked_user_id
        or t.loses_given_link;

    select pg_catalog.array_agg(l.phone_key order by l.phone_key),
           pg_catalog.array_agg(l.user_id   order by l.phone_key),
           pg_catalog.array_agg(l.is_silent order by l.phone_key)
      into v_linked_keys, v_linked_users, v_linked_silent
      from (select l.phone_key, l.user_id, l.is_silent
              from unnest(v_linked_keys, v_linked_users, v_linked_silent) as l (phone_key, user_id, is_silent)
             where l.phone_key <> all (coalesce(v_changed_keys, '{}'))
             union all
            select c.phone_key, c.link, c.is_silent
              from unnest(v_changed_keys, v_changed_links, v_changed_silent) as c (phone_key, link, is_silent)) as l
     where l.user_id is not null;
  end if;

  v_result.matched_phone_hashes := array(
    select replace(m.phone_key::text, '-', '')
      from (select pg_catalog.unnest(v_linked_keys operator(pg_catalog.||) v_matched_keys) as phone_key) as m);
  v_result.matched_user_ids := coalesce(v_linked_users operator(pg_catalog.||) v_matched_users, '{}');
  v_result.matched_silent := coalesce(v_linked_silent operator(pg_catalog.||) v_matched_silent, '{}');
  v_result.matched_contacts := pg_catalog.cardinality(v_result.matched_user_ids);
  v_result.total_processed := pg_catalog.cardinality(p_phone_keys);
  v_result.contacts_inserted := pg_catalog.cardinality(v_new_keys);
  v_result.contacts_updated := coalesce(pg_catalog.cardinality(v_changed_keys), 0);
  v_result.contacts_unchanged :=
    v_result.total_processed - v_result.contacts_inserted - v_result.contacts_updated;
  v_result.contacts_removed := 0;

  v_has_room := p_stream_id is null or v_stored + v_result.contacts_inserted <= 1000000;
  if not v_has_room then
    update contact_sync_streams t
       set is_incomplete = true
     where t.owner_id = p_owner_id
       and t.stream_id = p_stream_id;
  end if;

  -- Who follows the owner's links is told of those that change, and of those that
  -- come with new contacts, unless these are many; not of those that the book begins
  -- with, since a cursor of an empty book tells all.
  if v_result.contacts_updated > 0 or v_has_room and v_stored > 0 and v_matched_keys is not null then
    v_tells_new := coalesce(pg_catalog.cardinality(v_matched_keys), 0) <= c_most_told;
    v_is_any_silent := pg_catalog.array_position(v_matched_silent, true) is not null;
    select n.link_number
      into v_link_number
      from contact_sync_number_links(array[p_owner_id], v_has_room and v_matched_keys is not null and not v_tells_new) as n;
  end if;

  if v_has_room and v_result.contacts_inserted > 0 then
    perform contact_sync_count_stored(array[p_owner_id], array[v_result.contacts_inserted]);

    for v_first in 1 .. v_result.contacts_inserted by p_batch_size loop
      insert into contacts_with_accounts (owner_id, phone_key, created_at, held_by, linked_user_id, link_number)
      select p_owner_id, n.phone_key, v_now, p_held_by, n.link,
             case
               when n.link is null or not v_tells_new then null
               when v_is_any_silent and exists (select from phones d where d.phone_key = n.phone_key and d.is_silent)
               then v_link_number + 1
               else v_link_number
             end
        from unnest(v_new_keys[v_first : v_first + p_batch_size - 1],
                    v_new_links[v_first : v_first + p_batch_size - 1]) as n (phone_key, link);
    end loop;
    -- Whoever is found by those alone whom they have in their book.
    if contact_sync_is_mutual(p_owner_id) then
      perform contact_sync_mutual_changed(
        pg_catalog.array_agg(p_owner_id), pg_catalog.array_agg(d.linked_user_id), true)
         from phones d
        where d.phone_key = any (v_new_keys)
          and d.linked_user_id is not null;
    end if;
    if exists (select from contact_sync_kept_choices k where k.owner_id = p_owner_id) then
      perform contact_sync_restore_choices(
        pg_catalog.array_fill(p_owner_id, array[v_result.contacts_inserted]), v_new_keys,
        pg_catalog.array_fill(null::boolean, array[v_result.contacts_inserted]));
    end if;
  end if;

  if v_result.contacts_updated > 0 and contact_sync_has_outbox() then
    perform contact_sync_announce(
      pg_catalog.array_fill(p_owner_id, array[v_result.contacts_updated]), v_changed_keys, v_changed_links);
  end if;
  for v_first in 1 .. v_result.contacts_updated by p_batch_size loop
    update contacts_with_accounts c
       set linked_user_id = n.link,
           link_given = false,
           link_number = case
                           -- Nobody is gone silently: who hides would be told from who left.
                           when n.link is distinct from c.linked_user_id
                           then v_link_number + (n.is_silent and n.link is not null)::integer::bigint
                           else c.link_number
                         end,
           updated_at = v_now
      from unnest(v_changed_keys[v_first : v_first + p_batch_size - 1],
                  v_changed_links[v_first : v_first + p_batch_size - 1],
                  v_changed_silent[v_first : v_first + p_batch_size - 1]) as n (phone_key, link, is_silent)
     where c.owner_id = p_owner_id
       and c.phone_key = any (v_changed_keys[v_first : v_first + p_batch_size - 1])
       and c.phone_key = n.phone_key;
  end loop;

  for v_first in 1 .. coalesce(pg_catalog.cardinality(v_unheld_keys), 0) by p_batch_size loop
    update contacts_with_accounts c
       set held_by = c.held_by | p_held_by
     where c.owner_id = p_owner_id
       and c.phone_key = any (v_unheld_keys[v_first : v_first + p_batch_size - 1]);
  end loop;
  if p_held_by > 1::smallint and (pg_catalog.cardinality(v_unheld_keys) > 0 or v_result.contacts_inserted > 0) then
    perform contact_sync_change_marks(p_owner_id, p_held_by);
  end if;

  return v_result;
end
$$;


-- Refuses to remove more than half of a book without confirmation. p_is_least
-- says that p_missing is what is known without having read the book.
create function contact_sync_guard_removal(
  p_missing         integer,
  p_stored          integer,
  p_confirm_removal boolean,
  p_is_least        boolean)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_missing * 2 > p_stored and not p_confirm_removal then
    raise exception using
      errcode = 'YC006',
      message = pg_catalog.format('REPLACE_NEEDS_CONFIRMATION: this sync would remove %s%s of %s contacts',
                       case when p_is_least then 'at least ' end, p_missing, p_stored),
      detail = pg_catalog.json_build_object('would_remove', p_missing, 'contacts_count', p_stored)::text,
      hint = 'Nothing was removed. If the person really deleted them, repeat the call with removal confirmed.';
  end if;
end
$$;


-- Refuses, unless it is confirmed, that p_gone_keys leave a book of p_stored if
-- those are more than half of it, with or without what streams have added to it
-- that nothing has settled: this one (p_stream_id), and those that were not
-- finished. The caller holds the owner's lock.
create function contact_sync_guard_added(
  p_owner_id        uuid,
  p_gone_keys       uuid[],
  p_stored          integer,
  p_confirm_removal boolean,
  p_stream_id       uuid)
returns void
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
  v_added_keys uuid[];
begin
  if p_confirm_removal then
    return;
  end if;
  perform contact_sync_guard_removal(pg_catalog.cardinality(p_gone_keys), p_stored, false, false);

  v_added_keys := array(select k.phone_key
                          from contact_sync_streams t
                          join contact_sync_staged_keys k on k.owner_id = t.owner_id and k.stream_id = t.stream_id
                         where t.owner_id = p_owner_id
                           and (not t.is_settled or t.stream_id = p_stream_id)
                           and k.is_new);
  if pg_catalog.cardinality(v_added_keys) > 0 then
    v_added_keys := array(select c.phone_key
                            from contacts_with_accounts c
                           where c.owner_id = p_owner_id
                             and c.phone_key = any (v_added_keys));
    perform contact_sync_guard_removal(
      pg_catalog.cardinality(array(select pg_catalog.unnest(p_gone_keys) except select pg_catalog.unnest(v_added_keys))),
      p_stored - pg_catalog.cardinality(v_added_keys),
      false, false);
  end if;
end
$$;


-- The removing half of a replace: the snapshot is p_kept_keys (sorted, distinct),
-- and what is missing from it goes. Returns how many contacts left the book. Of the
-- whole book, where p_slot is NULL, whoever holds them; of a device's set, where it
-- is the device's, those that nobody else holds, and from the others its bit.
--
-- Guarded: a snapshot that would take away more than half of the book is more
-- often a phone that could not read its contacts than a person who deleted
-- them, and needs p_confirm_removal. So does one that would take away more than
-- half of what was there before streams began to add: this one (p_stream_id),
-- and those of the owner that were not finished and that no sync has come after.
--
-- A snapshot of less than half as many numbers as the book is refused by the
-- counts alone, whatever the size of the book. The caller holds the owner's lock.
create function contact_sync_remove_missing(
  p_owner_id        uuid,
  p_kept_keys       uuid[],
  p_confirm_removal boolean,
  p_stream_id       uuid,
  p_slot            smallint)
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
  v_bit          constant smallint := (1 << p_slot::integer)::smallint;
  v_stored       integer;
  -- of the whole book, or of the device's set
  v_stored_keys  uuid[];
  v_missing_keys uuid[];
  -- of a device's set, those that nobody else holds
  v_own_keys     uuid[];
  v_gone_keys    uuid[];
begin
  select s.contacts_count
    into v_stored
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  if p_slot is null then
    perform contact_sync_guard_removal(
      v_stored - pg_catalog.cardinality(p_kept_keys), v_stored, p_confirm_removal, pg_catalog.cardinality(p_kept_keys) > 0);
    v_stored_keys := array(select c.phone_key
                             from contacts_with_accounts c
                            where c.owner_id = p_owner_id
                            order by c.phone_key);
  else
    select coalesce(pg_catalog.array_agg(h.phone_key), '{}'),
           coalesce(pg_catalog.array_agg(h.phone_key) filter (where h.held_by = v_bit), '{}')
      into v_stored_keys, v_own_keys
      from (select c.phone_key, c.held_by
              from contacts_with_accounts c
             where c.owner_id = p_owner_id
               and c.held_by & v_bit <> 0::smallint
             order by c.phone_key) as h;
  end if;
  if v_stored_keys operator(pg_catalog.=) p_kept_keys then
    return 0;
  end if;
  v_missing_keys := array(select pg_catalog.unnest(v_stored_keys) except select pg_catalog.unnest(p_kept_keys) order by 1);
  if pg_catalog.cardinality(v_missing_keys) = 0 then
    return 0;
  end if;
  v_gone_keys :=
    case
      when p_slot is null then v_missing_keys
      else array(select pg_catalog.unnest(v_missing_keys) intersect select pg_catalog.unnest(v_own_keys) order by 1)
    end;
  perform contact_sync_guard_added(p_owner_id, v_gone_keys, v_stored, p_confirm_removal, p_stream_id);

  return
    case
      when p_slot is null then contact_sync_remove_contacts(p_owner_id, v_gone_keys, true)
      else contact_sync_release_contacts(p_owner_id, p_slot, v_missing_keys, v_gone_keys)
    end;
end
$$;


-- Stages a chunk of a stream that will replace, and marks what the stream is
-- about to add; so it comes before contact_sync_merge(). A chunk that is sent
-- again keeps its first marks.
--
-- First the stream's own row: contact_sync_drop_streams() leaves a stream alone
-- that this has touched, and this waits for one that is being dropped.
create function contact_sync_stage_keys(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[])
returns void
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
  v_now constant timestamptz := clock_timestamp();
begin
  insert into contact_sync_streams (owner_id, stream_id, last_chunk_at)
  values (p_owner_id, p_stream_id, v_now)
      on conflict (owner_id, stream_id) do update
     set last_chunk_at = excluded.last_chunk_at,
         is_settled = false;

  insert into contact_sync_staged_keys (owner_id, stream_id, phone_key, is_new)
  select p_owner_id, p_stream_id, w.phone_key, c.phone_key is null
    from pg_catalog.unnest(p_phone_keys) as w (phone_key)
    left join contacts_with_accounts c on c.owner_id = p_owner_id and c.phone_key = w.phone_key
      on conflict do nothing;
end
$$;


-- Drops streams that have not been heard of for a day, with what they staged:
-- an owner's, or (NULL) anybody's. One whose chunks keep coming stays, however
-- long it takes.
create function contact_sync_drop_streams(p_owner_id uuid)
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
  v_owners   uuid[];
  v_streams  uuid[];
  v_group    uuid[];
begin
  with dropped as (
    delete from contact_sync_streams t
     where t.last_chunk_at < now() - interval '1 day'
       and (p_owner_id is null or t.owner_id = p_owner_id)
    returning t.owner_id, t.stream_id
  )
  select pg_catalog.array_agg(d.owner_id), pg_catalog.array_agg(d.stream_id)
    into v_owners, v_streams
    from dropped d;
  if v_owners is null then
    return;
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    delete from contact_sync_staged_keys k
     using unnest(v_owners, v_streams) as d (owner_id, stream_id)
     where k.owner_id = d.owner_id
       and k.stream_id = d.stream_id
       and (v_group is null or k.owner_id = any (v_group));
  end loop;
end
$$;


-- Adds those of p_phone_keys that the owner has not stored, a part at a time:
-- the rest of a stream that is_incomplete. The directory is asked again, since
-- days may have passed; what it said before was reported with the chunk. The
-- caller holds the fence and the owner's lock.
create function contact_sync_add_rest(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  p_batch_size integer)
returns void
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
  c_part constant integer := 5000;
  v_part uuid[];
begin
  for v_part in
    select pg_catalog.array_agg(r.phone_key order by r.phone_key)
      from (select n.phone_key, (row_number() over (order by n.phone_key) - 1) / c_part as part
              from (select pg_catalog.unnest(p_phone_keys)
                    except
                    select c.phone_key from contacts_with_accounts c where c.owner_id = p_owner_id)
                   as n (phone_key)) as r
     group by r.part
     order by r.part
  loop
    perform contact_sync_merge(p_owner_id, v_part, p_batch_size, false, null::uuid, 1::smallint, null::jsonb);
  end loop;
end
$$;


-- Writes the history of one finished sync: its run row and the owner's status. A
-- delta's share of the device is all that it brought, for the rates; the status
-- has what the device has in all, as far as that is known.
-- What streams of the owner have added by now is then part of the book.
create function contact_sync_record_run(
  p_owner_id              uuid,
  p_started_at            timestamptz,
  p_mode                  text,
  p_device_contacts_count integer,
  p_result                contact_sync_result)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now        constant timestamptz := clock_timestamp();
  v_suspicion  smallint;
  v_neighbours smallint;
begin
  update contact_sync_status s
     set sync_status = 'completed',
         last_sync_at = v_now,
         last_sync_mode = p_mode,
         device_contacts_count = coalesce(p_device_contacts_count, s.device_contacts_count),
         synced_contacts_count = p_result.total_processed,
         matched_contacts_count = p_result.matched_contacts,
         last_error_code = null,
         first_sync_at = coalesce(s.first_sync_at, p_started_at),
         judged_suspicion = null,
         judged_neighbours = null,
         updated_at = v_now
    from (select o.judged_suspicion, o.judged_neighbours
            from contact_sync_status o
           where o.owner_id = p_owner_id) as b
   where s.owner_id = p_owner_id
  returning case when b.judged_suspicion > 100::smallint then 100::smallint else b.judged_suspicion end, b.judged_neighbours
    into v_suspicion, v_neighbours;

  insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode,
    device_contacts_count, synced_contacts_count,
    contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
    matched_contacts_count, batch_size, processing_time_ms, suspicion, neighbours_percent)
  values (
    p_owner_id, p_started_at, 'completed', p_mode,
    case when p_mode = 'delta' then p_result.total_processed else p_device_contacts_count end, p_result.total_processed,
    p_result.contacts_inserted, p_result.contacts_updated,
    p_result.contacts_unchanged, p_result.contacts_removed,
    p_result.matched_contacts, p_result.batch_size, p_result.processing_time_ms,
    v_suspicion, v_neighbours);

  update contact_sync_streams t
     set is_settled = true
   where t.owner_id = p_owner_id
     and not t.is_settled;
end
$$;


-- What sync_phone_keys() and contact_sync_commit_session() do between their checks
-- and the run that they record: removes what a snapshot lacks, adds what is new,
-- and says what a device goes on from. p_phone_keys is sorted and distinct, and may
-- be as many as a book has. The caller holds the fence and the owner's lock.
create function contact_sync_apply(
  p_owner_id        uuid,
  p_phone_keys      uuid[],
  p_batch_size      integer,
  p_mode            text,
  p_confirm_removal boolean,
  p_budget          boolean,
  p_device_id       text,
  p_signs           jsonb)
returns contact_sync_result
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
  c_part     constant integer := 10000;
  v_slot     smallint;
  v_is_known boolean;
  v_is_heir  boolean := false;
  v_removed  integer := 0;
  v_all_once constant boolean := p_budget and pg_catalog.cardinality(p_phone_keys) > c_part;
  v_signs    jsonb := p_signs;
  v_new_keys uuid[];
  v_new      integer;
  v_part     contact_sync_result;
  v_result   contact_sync_result;
begin
  if p_device_id is not null then
    select u.slot, u.is_known, u.is_heir, u.contacts_removed
      into v_slot, v_is_known, v_is_heir, v_removed
      from contact_sync_use_device(p_owner_id, p_device_id, p_mode) as u;
  end if;

  -- First remove, so that a full book can be replaced by another full one. An
  -- heir removes what it has inherited, which nobody need confirm.
  if p_mode = 'replace' then
    v_removed := v_removed + contact_sync_remove_missing(
      p_owner_id, p_phone_keys, p_confirm_removal or v_is_heir, null::uuid, v_slot);
  end if;

  if v_removed > 0 then
    v_signs := contact_sync_with_removed(p_signs, v_removed);
  end if;

  -- Charged and judged all at once, so that a refusal says how many they are, and
  -- none of them is linked before it is known what all of them look like.
  if v_all_once then
    v_new_keys := array(select pg_catalog.unnest(p_phone_keys)
                        except
                        select c.phone_key from contacts_with_accounts c where c.owner_id = p_owner_id
                        order by 1);
    v_new := pg_catalog.cardinality(v_new_keys) - contact_sync_count_paid(p_owner_id, v_new_keys);
    perform contact_sync_spend_budget(p_owner_id, v_new, pg_catalog.cardinality(p_phone_keys), v_signs);
    if v_new > 0 then
      perform contact_sync_judge(
        p_owner_id, pg_catalog.cardinality(p_phone_keys), v_new,
        (select count(*)::integer
           from phones d
          where d.phone_key = any (p_phone_keys)
            and (select v.id
                   from contact_sync_visible_user(p_owner_id, nullif(d.linked_user_id, p_owner_id)) as v (id)) is not null),
        v_signs);
    end if;
  end if;

  for v_first in 1 .. greatest(1, pg_catalog.cardinality(p_phone_keys)) by c_part loop
    v_part := contact_sync_merge(
      p_owner_id, p_phone_keys[v_first : v_first + c_part - 1], p_batch_size, p_budget and not v_all_once, null::uuid,
      case when v_slot is null then 1 else 1 << v_slot::integer end::smallint, v_signs);
    if v_first = 1 then
      v_result := v_part;
    else
      v_result.total_processed := v_result.total_processed + v_part.total_processed;
      v_result.contacts_inserted := v_result.contacts_inserted + v_part.contacts_inserted;
      v_result.contacts_updated := v_result.contacts_updated + v_part.contacts_updated;
      v_result.contacts_unchanged := v_result.contacts_unchanged + v_part.contacts_unchanged;
      v_result.matched_contacts := v_result.matched_contacts + v_part.matched_contacts;
      v_result.matched_phone_hashes := v_result.matched_phone_hashes operator(pg_catalog.||) v_part.matched_phone_hashes;
      v_result.matched_user_ids := v_result.matched_user_ids operator(pg_catalog.||) v_part.matched_user_ids;
      v_result.matched_silent := v_result.matched_silent operator(pg_catalog.||) v_part.matched_silent;
    end if;
  end loop;
  if v_all_once then
    select b.budget_limit, b.budget_remaining, b.budget_reset
      into v_result.budget_limit, v_result.budget_remaining, v_result.budget_reset
      from contact_sync_spend_budget(p_owner_id, 0, pg_catalog.cardinality(p_phone_keys), p_signs) as b;
  end if;
  v_result.contacts_removed := v_removed;
  v_result.batch_size := p_batch_size;

  if p_device_id is not null then
    update contact_sync_devices d
       set last_seen_at = now()
     where d.owner_id = p_owner_id
       and d.device_id = p_device_id
    returning d.sync_mark into v_result.sync_mark;
    -- What a merge says of links is of what it was given: of the rest of the set the
    -- next delta says all.
    v_result.changes_cursor :=
      case
        when p_mode = 'merge' and v_is_known then contact_sync_cursor(0::bigint, 0::bigint, null::uuid, false)
        else contact_sync_present_cursor(p_owner_id)
      end;
  end if;
  return v_result;
end
$$;


-- The work of sync_phone_keys(), which has checked all but the keys
-- (contact_sync_choose_place()).
create function contact_sync_sync_keys(
  p_owner_id              uuid,
  p_phone_keys            uuid[],
  p_device_contacts_count integer,
  p_batch_size            integer,
  p_mode                  text,
  p_confirm_removal       boolean,
  p_budget                boolean,
  p_device_id             text,
  p_signs                 jsonb,
  p_key_number            text)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp();
  v_wanted     constant uuid[] := contact_sync_distinct_keys(p_phone_keys);
  v_result     contact_sync_result;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  v_result := contact_sync_apply(
    p_owner_id, v_wanted, p_batch_size, p_mode, p_confirm_removal, p_budget, p_device_id, p_signs);

  v_result.duplicates := pg_catalog.cardinality(p_phone_keys) - pg_catalog.cardinality(v_wanted);
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(p_owner_id, v_started_at, p_mode, p_device_contacts_count, v_result);
  return v_result;
end
$$;


-- Syncs an address book given as phone keys; sync_user_contacts() and the
-- library stand on it.
--
-- p_mode 'merge' adds what is new and keeps everything else. 'replace' takes
-- the numbers for the whole book and removes the contacts that are missing; if
-- that were more than half of what is stored, it refuses unless
-- p_confirm_removal is true. p_device_contacts_count is what the device holds
-- in all, for the statistics; it is not compared with the array. Numbers that
-- are new to the owner are charged to their budget, unless p_budget is false;
-- beyond it the call is refused and nothing is changed.
--
-- With p_device_id, the call is the device's: 'replace' is its snapshot, and removes
-- only contacts that nothing else holds; 'merge' adds to its set. sync_mark is what
-- its next delta begins with (sync_phone_keys_delta()).
--
-- p_signs is what the caller saw of the numbers before they were hashed: how many it
-- could not read (rejected), how many it looked at (numbers) and how many of these
-- have a near neighbour among them (neighbours); and when the account was made
-- (account_created_at). NULL, or an absent key: unknown.
--
-- All or nothing, and safe to repeat. Syncs of one owner follow one another.
-- For service_role.
create function sync_phone_keys(
  p_owner_id              uuid,
  p_phone_keys            uuid[],
  p_device_contacts_count integer,
  p_batch_size            integer default 500,
  p_mode                  text    default 'merge',
  p_confirm_removal       boolean default false,
  p_budget                boolean default true,
  p_device_id             text    default null,
  p_signs                 jsonb   default null)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_check_device_count(p_device_contacts_count);
  if p_device_id is not null then
    perform contact_sync_check_device_id(p_device_id);
  end if;
  perform contact_sync_read_signs(p_signs);
  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_sync_keys(
           p_owner_id, p_phone_keys, p_device_contacts_count, p_batch_size, p_mode, p_confirm_removal,
           p_budget, p_device_id, p_signs, v_key_number) as s;
  return v_result;
end
$$;


-- The work of contact_sync_stream_chunk(), which has checked all but the keys
-- (contact_sync_choose_place()).
create function contact_sync_store_chunk(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[],
  p_batch_size integer,
  p_stage      boolean,
  p_budget     boolean,
  p_signs      jsonb,
  p_key_number text)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp();
  v_wanted     constant uuid[] := contact_sync_distinct_keys(p_phone_keys);
  v_result     contact_sync_result;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  if p_stage then
    perform contact_sync_stage_keys(p_owner_id, p_stream_id, v_wanted);
  end if;
  v_result := contact_sync_merge(
    p_owner_id, v_wanted, p_batch_size, p_budget, case when p_stage then p_stream_id end, 1::smallint,
    p_signs - 'rejected'::text);

  v_result.duplicates := pg_catalog.cardinality(p_phone_keys) - pg_catalog.cardinality(v_wanted);
  v_result.batch_size := p_batch_size;
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  return v_result;
end
$$;


-- A chunk of a streamed sync, which may be larger than one call: adds what is
-- new and, for a stream that will replace, stages the numbers so that
-- contact_sync_finish_stream() knows what to keep. Leaves no history; the finish does.
-- Of a stream that will replace, new numbers beyond the owner's 1,000,000 are
-- only staged, and counted as inserted: the finish stores them. Each chunk is
-- charged to the owner's budget by itself, unless p_budget is false. p_signs is what
-- it is in sync_phone_keys(), of the chunk, but the finish is told of numbers that
-- could not be read, since a book's share is of all of it.
--
-- All or nothing a chunk; a chunk sent twice does no harm. For service_role.
create function contact_sync_stream_chunk(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[],
  p_batch_size integer default 500,
  p_stage      boolean default false,
  p_budget     boolean default true,
  p_signs      jsonb   default null)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_require(p_stage is not null, 'p_stage');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_read_signs(p_signs);
  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_store_chunk(
           p_owner_id, p_stream_id, p_phone_keys, p_batch_size, p_stage, p_budget, p_signs, v_key_number) as s;
  return v_result;
end
$$;


-- The work of contact_sync_finish_stream(), which has checked its arguments
-- (contact_sync_choose_place()). p_totals is a contact_sync_result.
create function contact_sync_end_stream(
  p_owner_id              uuid,
  p_stream_id             uuid,
  p_device_contacts_count integer,
  p_mode                  text,
  p_confirm_removal       boolean,
  p_totals                text,
  p_budget                boolean,
  p_signs                 jsonb,
  p_key_number            text)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at    constant timestamptz := clock_timestamp();
  v_totals        constant contact_sync_result := p_totals::contact_sync_result;
  v_result        contact_sync_result := v_totals;
  v_is_incomplete boolean;
  v_kept          uuid[];
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  v_result.contacts_removed := 0;
  if p_mode = 'replace' then
    -- Locked first, so that what is read next is not being dropped.
    select t.is_incomplete
      into v_is_incomplete
      from contact_sync_streams t
     where t.owner_id = p_owner_id
       and t.stream_id = p_stream_id
       for update;
    v_kept := array(select k.phone_key
                      from contact_sync_staged_keys k
                     where k.owner_id = p_owner_id
                       and k.stream_id = p_stream_id
                     order by k.phone_key);
    if pg_catalog.cardinality(v_kept) <> v_totals.total_processed then
      raise exception using
        errcode = 'YC027',
        message = pg_catalog.format('STREAM_INCOMPLETE: the stream has processed %s numbers, and %s are staged',
                         v_totals.total_processed, pg_catalog.cardinality(v_kept)),
        hint = 'Nothing was removed. Repeat the whole stream.';
    end if;

    v_result.contacts_removed :=
      contact_sync_remove_missing(p_owner_id, v_kept, p_confirm_removal, p_stream_id, null::smallint);
    if v_is_incomplete then
      perform contact_sync_check_batch_size(v_totals.batch_size);
      perform contact_sync_add_rest(p_owner_id, v_kept, v_totals.batch_size);
    end if;

    delete from contact_sync_streams t
     where t.owner_id = p_owner_id
       and t.stream_id = p_stream_id;
    delete from contact_sync_staged_keys k
     where k.owner_id = p_owner_id
       and k.stream_id = p_stream_id;
  end if;
  perform contact_sync_drop_streams(p_owner_id);

  if p_budget then
    select b.budget_limit, b.budget_remaining, b.budget_reset
      into v_result.budget_limit, v_result.budget_remaining, v_result.budget_reset
      from contact_sync_spend_budget(p_owner_id, 0, v_totals.total_processed, p_signs) as b;
  end if;

  v_result.processing_time_ms :=
    greatest(1, v_result.processing_time_ms) + contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(
    p_owner_id, clock_timestamp() - v_result.processing_time_ms::float8 * interval '1 millisecond',
    p_mode, p_device_contacts_count, v_result);
  return v_result;
end
$$;


-- Ends a streamed sync: for one that replaces, removes in this one transaction
-- every contact the stream did not name (guarded like any replace), adds those
-- there was no room for before, then records the run. p_totals is the sum over
-- the chunks, with the duration of the whole stream. Returns it with
-- contacts_removed filled in, and (unless p_budget is false, as it was for the
-- chunks) what is left of the owner's budget: the finish itself is free, but for numbers of
-- the whole stream that could not be read (p_signs), beyond a book's share.
--
-- Removes nothing unless every number that the stream has processed is staged:
-- one that is not would be taken for missing.
-- For service_role.
create function contact_sync_finish_stream(
  p_owner_id              uuid,
  p_stream_id             uuid,
  p_device_contacts_count integer,
  p_mode                  text,
  p_confirm_removal       boolean,
  p_totals                contact_sync_result,
  p_budget                boolean default true,
  p_signs                 jsonb   default null)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  -- not as it is: Citus does not pass on what is of a type of ours
  v_totals     constant text := p_totals::text;
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_totals.total_processed is not null, 'p_totals');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_device_count(p_device_contacts_count);
  perform contact_sync_read_signs(p_signs);

  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_end_stream(
           p_owner_id, p_stream_id, p_device_contacts_count, p_mode, p_confirm_removal, v_totals, p_budget,
           p_signs, v_key_number) as s;
  return v_result;
end
$$;


-- The work of contact_sync_record_failure(), which has checked its arguments
-- (contact_sync_choose_place()). When the sync began is by the clock of the erasures.
create function contact_sync_store_failure(
  p_owner_id              uuid,
  p_started_at            timestamptz,
  p_device_contacts_count integer,
  p_mode                  text,
  p_batch_size            integer,
  p_processing_time_ms    integer,
  p_error_code            text,
  p_key_number            text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now        constant timestamptz := clock_timestamp();
  v_suspicion  smallint;
  v_neighbours smallint;
begin
  perform contact_sync_take_key_number(p_key_number);
  -- With the lock, because an erasure may be under way; looked up in a later
  -- statement.
  perform contact_sync_lock_owners(array[p_owner_id]);
  if exists (select
               from contact_sync_erasures e
              where e.user_digest = sha256(uuid_send(p_owner_id))
                and e.erased_at > p_started_at) then
    -- What the lock has made.
    delete from contact_sync_status s
     where s.owner_id = p_owner_id
       and s.sync_status = 'never_synced'
       and s.contacts_count = 0;
    return;
  end if;

  select case when s.judged_suspicion > 100::smallint then 100::smallint else s.judged_suspicion end, s.judged_neighbours
    into v_suspicion, v_neighbours
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode,
    device_contacts_count, batch_size, processing_time_ms, error_code, suspicion, neighbours_percent)
  values (
    p_owner_id, p_started_at, 'failed', p_mode,
    p_device_contacts_count, p_batch_size, greatest(p_processing_time_ms, 1), p_error_code,
    v_suspicion, v_neighbours);

  update contact_sync_status s
     set sync_status = 'failed',
         last_error_code = p_error_code,
         first_sync_at = coalesce(s.first_sync_at, p_started_at),
         judged_suspicion = null,
         judged_neighbours = null,
         updated_at = v_now
   where s.owner_id = p_owner_id;
end
$$;


-- Leaves a run row for a sync that failed: the failed transaction itself can
-- leave none, so the library calls this in a second one. p_error_code is a code
-- of ours, never a message. If the user was erased after the sync began, nothing
-- is left: they are gone. For service_role.
create function contact_sync_record_failure(
  p_owner_id              uuid,
  p_device_contacts_count integer,
  p_mode                  text,
  p_batch_size            integer,
  p_processing_time_ms    integer,
  p_error_code            text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp() - greatest(p_processing_time_ms, 1)::float8 * interval '1 millisecond';
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  if p_mode is distinct from 'delta' then
    perform contact_sync_check_mode(p_mode);
  end if;
  perform contact_sync_require(p_batch_size is not null, 'p_batch_size');
  perform contact_sync_require(p_processing_time_ms is not null, 'p_processing_time_ms');
  perform contact_sync_require(p_error_code is not null, 'p_error_code');
  perform contact_sync_check_device_count(p_device_contacts_count);

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_store_failure(
    p_owner_id, v_started_at, p_device_contacts_count, p_mode, p_batch_size, p_processing_time_ms, p_error_code,
    v_key_number);
end
$$;


-- Syncs an owner's address book: stores the phone hashes that are new, links
-- those whose number somebody verified, and says what it did.
--
-- Hashes are 32 or 64 hex characters; a malformed one refuses the whole call.
-- Repeated hashes count once. is_favorite belongs to the owner and is not
-- touched. A contact whose link stands is not rewritten, so that syncing an
-- unchanged phone writes no contact row. Hashes that are new to the owner are
-- charged to their budget, whoever calls: beyond it nothing is changed.
--
-- A signed-in user may call it for themself, but only in a database recorded
-- as unsealed (use_unsealed()): in a sealed one the server hashes
-- and seals, and a hash from a phone would match nobody.
-- For the owner and service_role.
create function sync_user_contacts(
  p_owner_id              uuid,
  p_phone_hashes          text[],
  p_device_contacts_count integer,
  p_batch_size            integer default 500)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_sync_user_contacts(p_owner_id, p_phone_hashes, p_device_contacts_count, p_batch_size);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_hashes is not null, 'p_phone_hashes');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_hashes));

  -- All arguments: a call that leaves some to their defaults could mean a function
  -- of fewer that somebody else has made.
  return sync_phone_keys(
    p_owner_id, contact_sync_parse_hashes(p_phone_hashes),
    p_device_contacts_count, p_batch_size, 'merge', false, true, null::text, null::jsonb);
end
$$;


-- sync_user_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_sync_user_contacts(
  p_owner_id              uuid,
  p_phone_hashes          text[],
  p_device_contacts_count integer,
  p_batch_size            integer)
returns contact_sync_result
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  perform contact_sync_require_unsealed();
  return sync_user_contacts(p_owner_id, p_phone_hashes, p_device_contacts_count, p_batch_size);
end
$$;


-- The writing half of bulk_insert_contacts(), for one group of owners or (NULL) all:
-- finds what is new and what differs, and writes that. The items come as parallel
-- arrays, in the order of owner and key, each contact once; the caller is behind the
-- fence and holds the owners' locks. Returns the counts and, where links are announced,
-- those that change, as contact_sync_write_messages() takes them.
--
-- Each contact is looked up by itself: a call may name 10,000 owners, and
-- reading all their books, or the whole directory, would not do. The group stands in
-- every statement, because Citus sends one that names the owners of one shard to
-- that shard alone.
create function contact_sync_write_contacts(
  p_group        uuid[],
  p_owner_ids    uuid[],
  p_phone_keys   uuid[],
  p_favorites    boolean[],
  p_given_links  uuid[],
  p_interactions timestamptz[],
  p_now          timestamptz,
  p_batch_size   integer,
  out matched_contacts  integer,
  out contacts_inserted integer,
  out contacts_updated  integer,
  out told_owner_ids    uuid[],
  out told_phone_keys   uuid[],
  out old_user_ids      uuid[],
  out new_user_ids      uuid[])
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
  v_has_outbox   constant boolean := contact_sync_has_outbox();
  v_has_erasures boolean;
  v_default      constant text := contact_sync_default_discoverable();
  v_is_any_held  boolean;
  v_has_choices  boolean;
  -- links that count again since this call: no read has shown them meanwhile
  v_renewed      text[] := '{}';
  v_new          contact_sync_target[];
  v_changed      contact_sync_target[];
  -- beside them, the numbers of links that are to be told, and what the call said of favourites
  v_new_numbers     bigint[];
  v_changed_numbers bigint[];
  v_new_favorites   boolean[];
  -- owners of whom a link changes
  v_told_owners  uuid[];
  v_unheld       integer[];
  v_digests      bytea[];
  v_moments      timestamptz[];
  v_owners       uuid[];
  v_counts       integer[];
  v_keys         uuid[];
  v_users        uuid[];
begin
  -- A link to somebody who was erased and came back is told from one that was
  -- given before the erasure.
  v_has_erasures := exists (select from contact_sync_erasures e where not e.is_settled);
  if v_has_erasures then
    select pg_catalog.array_agg(e.user_digest), pg_catalog.array_agg(w.owner_id),
           pg_catalog.array_agg(w.phone_key), pg_catalog.array_agg(e.erased_at),
           coalesce(pg_catalog.array_agg(w.owner_id::text || w.phone_key::text), '{}')
      into v_digests, v_owners, v_keys, v_moments, v_renewed
      from unnest(p_owner_ids, p_phone_keys, p_given_links) as w (owner_id, phone_key, given_link)
      join contact_sync_erasures e on e.user_digest = sha256(uuid_send(w.given_link))
     where not e.is_settled
       and not exists (select
                         from contact_sync_renewed_links r
                        where r.user_digest = e.user_digest
                          and r.owner_id = w.owner_id
                          and r.phone_key = w.phone_key
                          and r.erased_at = e.erased_at);
    insert into contact_sync_renewed_links (user_digest, owner_id, phone_key, erased_at)
    select n.user_digest, n.owner_id, n.phone_key, n.erased_at
      from unnest(v_digests, v_owners, v_keys, v_moments) as n (user_digest, owner_id, phone_key, erased_at)
        on conflict do nothing;
  end if;

  v_is_any_held := exists (
    select 1 from contact_sync_status s
     where s.owner_id = any (p_owner_ids)
       and s.held_at is not null);
  v_has_choices := exists (
    select 1 from contact_sync_kept_choices k
     where p_group is null or k.owner_id = any (p_group));

  -- What each contact is to be, beside what it is.
  with compared as (
    select w.position,
           w.owner_id,
           w.phone_key,
           f.user_id as linked_user_id,
           d.phone_key is null and f.user_id is not null as link_given,
           d.phone_key is not null and d.linked_user_id is null as is_forgotten,
           coalesce(w.is_favorite, c.is_favorite, false) as is_favorite,
           w.is_favorite as given_favorite,
           coalesce(w.last_interaction, c.last_interaction) as last_interaction,
           c.owner_id is null as is_new,
           coalesce(k.is_erased, false)
             or c.link_given and v_has_erasures and (w.owner_id::text || w.phone_key::text) = any (v_renewed) as was_erased,
           c.linked_user_id as stored_user_id,
           c.link_given as stored_given,
           c.is_favorite as stored_favorite,
           c.last_interaction as stored_interaction,
           c.held_by
      from unnest(p_owner_ids, p_phone_keys, p_favorites, p_given_links, p_interactions) with ordinality
           as w (owner_id, phone_key, is_favorite, given_link, last_interaction, position)
      left join phones d on d.phone_key = w.phone_key
      left join contacts_with_accounts c
        on c.owner_id = w.owner_id
       and c.phone_key = w.phone_key
       and (p_group is null or c.owner_id = any (p_group))
     cross join lateral (
             select case
                      when v_has_erasures and c.link_given
                      then contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
                      else false
                    end as is_erased
             offset 0
           ) as k
     cross join lateral (
             select case
                      when d.phone_key is not null then d.linked_user_id
                      else coalesce(w.given_link, case when c.link_given and not k.is_erased then c.linked_user_id end)
                    end as user_id
             offset 0
           ) as g
     cross join lateral (
             -- whom the owner may find, and gains where they are not held (contact_sync_link_of())
             select case
                      when g.user_id = w.owner_id then null
                      when v_is_any_held
                       and g.user_id is distinct from c.linked_user_id
                       and exists (select 1
                                     from contact_sync_status s
                                    where s.owner_id = w.owner_id
                                      and (p_group is null or s.owner_id = any (p_group))
                                      and s.held_at is not null)
                      then null
                      when v_default = 'everybody'
                       and not exists (select 1 from contact_sync_consent o where o.user_id = g.user_id)
                      then g.user_id
                      else (select v.id from contact_sync_visible_user(w.owner_id, g.user_id) as v (id))
                    end as user_id
             offset 0
           ) as f
  ), judged as (
    select t.*,
           not t.is_new
             and not t.is_forgotten
             and (   t.linked_user_id   is distinct from t.stored_user_id
                  or t.link_given       is distinct from t.stored_given
                  or t.is_favorite      is distinct from t.stored_favorite
                  or t.last_interaction is distinct from t.stored_interaction
                  or t.was_erased) as is_changed,
           not t.is_new
             and not t.is_forgotten
             and t.linked_user_id is distinct from t.stored_user_id as is_link_changed,
           l.is_told,
           not t.is_new and t.held_by & 1::smallint = 0::smallint as is_unheld,
           row(t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction, l.is_told)
             ::contact_sync_target as target
      from compared t
     cross join lateral (
             select case
                      when not t.is_new then t.linked_user_id is distinct from t.stored_user_id or t.was_erased
                      when t.linked_user_id is null then false
                      -- A cursor of an empty book tells all that it begins with.
                      else exists (select 1
                                     from contact_sync_status s
                                    where s.owner_id = t.owner_id
                                      and (p_group is null or s.owner_id = any (p_group))
                                      and s.contacts_count > 0)
                    end as is_told
             offset 0
           ) as l
     order by t.position
  )
  select count(*) filter (where j.linked_user_id is not null),
         pg_catalog.array_agg(j.target) filter (where j.is_new and not j.is_forgotten),
         pg_catalog.array_agg(j.given_favorite) filter (where v_has_choices and j.is_new and not j.is_forgotten),
         pg_catalog.array_agg(j.target) filter (where j.is_changed),
         pg_catalog.array_agg(distinct j.owner_id) filter (where j.is_told and not j.is_forgotten),
         pg_catalog.array_agg(j.position::integer) filter (where j.is_unheld),
         pg_catalog.array_agg(j.owner_id) filter (where v_has_outbox and j.is_link_changed),
         pg_catalog.array_agg(j.phone_key) filter (where v_has_outbox and j.is_link_changed),
         pg_catalog.array_agg(j.stored_user_id) filter (where v_has_outbox and j.is_link_changed),
         pg_catalog.array_agg(j.linked_user_id) filter (where v_has_outbox and j.is_link_changed)
    into matched_contacts, v_new, v_new_favorites, v_changed, v_told_owners, v_unheld,
         told_owner_ids, told_phone_keys, old_user_ids, new_user_ids
    from judged j;

  contacts_inserted := coalesce(pg_catalog.cardinality(v_new), 0);
  contacts_updated := coalesce(pg_catalog.cardinality(v_changed), 0);

  if v_told_owners is not null then
    perform contact_sync_number_links(v_told_owners, false);
  end if;
  if contacts_inserted > 0 then
    select pg_catalog.array_agg(n.owner_id), pg_catalog.array_agg(n.added)
      into v_owners, v_counts
      from (select t.owner_id, count(*)::integer as added
              from pg_catalog.unnest(v_new) as t
             group by t.owner_id) as n;
    perform contact_sync_count_stored(v_owners, v_counts);
  end if;
  if v_told_owners is not null then
    -- their owner's present number, or one more where it is silent
    v_new_numbers := array(
      select s.link_number + (d.phone_key is not null)::integer::bigint
        from pg_catalog.unnest(v_new) with ordinality
             as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, position)
        left join contact_sync_status s
          on s.owner_id = t.owner_id
         and t.is_told
         and (p_group is null or s.owner_id = any (p_group))
        left join phones d
          on d.phone_key = t.phone_key
         and d.is_silent
       order by t.position);
    -- Nobody is gone silently: who hides would be told from who left.
    v_changed_numbers := array(
      select s.link_number + (d.phone_key is not null)::integer::bigint
        from pg_catalog.unnest(v_changed) with ordinality
             as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, position)
        left join contact_sync_status s
          on s.owner_id = t.owner_id
         and t.is_told
         and (p_group is null or s.owner_id = any (p_group))
        left join phones d
          on d.phone_key = t.phone_key
         and d.is_silent
         and t.linked_user_id is not null
       order by t.position);
  end if;

  if contacts_inserted > 0 then
    for v_first in 1 .. contacts_inserted by p_batch_size loop
      insert into contacts_with_accounts (
        owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction,
        created_at, link_number)
      select t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction,
             p_now, t.link_number
        from unnest(v_new[v_first : v_first + p_batch_size - 1],
                    v_new_numbers[v_first : v_first + p_batch_size - 1])
             as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, link_number);
    end loop;
    -- Whoever is found by those alone whom they have in their book.
    if contact_sync_is_anybody_mutual() then
      select pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(d.linked_user_id)
        into v_owners, v_users
        from pg_catalog.unnest(v_new) as t
        join phones d on d.phone_key = t.phone_key
        left join contact_sync_consent o on o.user_id = t.owner_id
       where d.linked_user_id is not null
         and coalesce(o.discoverable, v_default) = 'mutual';
      perform contact_sync_mutual_changed(v_owners, v_users, true);
    end if;
    if v_has_choices then
      select pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(t.phone_key)
        into v_owners, v_keys
        from pg_catalog.unnest(v_new) as t;
      perform contact_sync_restore_choices(v_owners, v_keys, v_new_favorites);
    end if;
  end if;

  for v_first in 1 .. contacts_updated by p_batch_size loop
    update contacts_with_accounts c
       set linked_user_id = t.linked_user_id,
           link_given = t.link_given,
           is_favorite = t.is_favorite,
           last_interaction = t.last_interaction,
           link_number = case when t.is_told then t.link_number else c.link_number end,
           updated_at = p_now
      from unnest(v_changed[v_first : v_first + p_batch_size - 1],
                  v_changed_numbers[v_first : v_first + p_batch_size - 1])
           as t (owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction, is_told, link_number)
     where c.owner_id = t.owner_id
       and c.phone_key = t.phone_key
       and (p_group is null or c.owner_id = any (p_group));
  end loop;

  for v_first in 1 .. coalesce(pg_catalog.cardinality(v_unheld), 0) by p_batch_size loop
    update contacts_with_accounts c
       set held_by = c.held_by | 1::smallint
      from pg_catalog.unnest(v_unheld[v_first : v_first + p_batch_size - 1]) as u (position)
     where c.owner_id = p_owner_ids[u.position]
       and c.phone_key = p_phone_keys[u.position]
       and (p_group is null or c.owner_id = any (p_group));
  end loop;

  -- Whether a link that is given to them stands depends on their book, which somebody
  -- may be changing who does not see the link yet.
  if (v_new is not null or v_changed is not null) and contact_sync_is_anybody_mutual() then
    v_users := array(
      select distinct t.linked_user_id
        from pg_catalog.unnest(v_new operator(pg_catalog.||) v_changed) as t
        left join contact_sync_consent o on o.user_id = t.linked_user_id
       where t.link_given
         and coalesce(o.discoverable, v_default) = 'mutual');
    insert into contact_sync_pending_books (person_id, are_given)
    select u.id, true
      from pg_catalog.unnest(v_users) as u (id);
  end if;
end
$$;


-- Stores contacts of any owners from a JSON array of contact_batch_item:
-- inserts the new ones, updates those that differ, and says what it did.
--
-- Nobody's data is overwritten by silence: an absent or null field keeps what
-- is stored, and a null linked_user_id means "look the number up". A link that
-- is given stands only while the directory has no entry for the number, and only to
-- somebody whom the owner may find (set_discoverability()); a number that was
-- forgotten (forget_phone()) is not stored. Where
-- a contact comes twice, the last one wins. A malformed item refuses the whole
-- call and is named by its position, counted from 0.
--
-- Contacts are held by no device in particular, and those whose link changes get
-- their owner's next number (list_contact_changes()).
--
-- At most 10,000 items; all or nothing; a repeat writes nothing.
-- For service_role.
create function bulk_insert_contacts(
  p_contacts   jsonb,
  p_batch_size integer default 500)
returns contact_sync_result
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
  v_now          constant timestamptz := clock_timestamp();
  v_result       contact_sync_result;
  -- the distinct items, in key order, as parallel arrays
  v_owner_ids    uuid[];
  v_phone_keys   uuid[];
  v_favorites    boolean[];
  v_given_links  uuid[];
  v_interactions timestamptz[];
  -- a group of owners, and its items
  v_group        uuid[];
  v_ids          uuid[];
  v_keys         uuid[];
  v_marks        boolean[];
  v_links        uuid[];
  v_times        timestamptz[];
  v_written      record;
  -- links that change, to be announced
  v_told_owners  uuid[] := '{}';
  v_told_keys    uuid[] := '{}';
  v_old_users    uuid[] := '{}';
  v_new_users    uuid[] := '{}';
begin
  perform contact_sync_require(p_contacts is not null, 'p_contacts');
  perform contact_sync_check_batch_size(p_batch_size);
  if jsonb_typeof(p_contacts) <> 'array' then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: p_contacts must be a JSON array, not %s', jsonb_typeof(p_contacts));
  end if;
  perform contact_sync_check_call_size(jsonb_array_length(p_contacts));

  -- Read the whole document once. The last of several items for one contact
  -- wins; a link to the owner's own account links to nobody.
  begin
    with items as (
      select i.owner_id,
             case octet_length(i.phone_hash)
               when 32 then i.phone_hash::uuid
               when 64 then case when right(i.phone_hash, 32)::uuid is not null then left(i.phone_hash, 32)::uuid end
             end as phone_key,
             i.is_favorite,
             nullif(i.linked_user_id, i.owner_id) as linked_user_id,
             i.last_interaction,
             i.position
        from rows from (pg_catalog.jsonb_populate_recordset(null::contact_batch_item, p_contacts)) with ordinality
             as i (owner_id, phone_hash, is_favorite, linked_user_id, last_interaction, position)
    ), wanted as (
      select distinct on (i.owner_id, i.phone_key) i.*
        from items i
       order by i.owner_id, i.phone_key, i.position desc
    )
    select count(*),
           pg_catalog.array_agg(w.owner_id         order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.phone_key        order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.is_favorite      order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.linked_user_id   order by w.owner_id, w.phone_key),
           pg_catalog.array_agg(w.last_interaction order by w.owner_id, w.phone_key)
      into v_result.total_processed,
           v_owner_ids, v_phone_keys, v_favorites, v_given_links, v_interactions
      from wanted w;
  exception
    when data_exception then
      perform contact_sync_refuse_items(p_contacts);
      raise;
  end;
  if pg_catalog.array_position(v_owner_ids, null) is not null
     or pg_catalog.array_position(v_phone_keys, null) is not null
     or not (select coalesce(bool_and(isfinite(i.at)), true) from pg_catalog.unnest(v_interactions) as i (at)) then
    perform contact_sync_refuse_items(p_contacts);
  end if;

  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(v_owner_ids);

  v_result.matched_contacts := 0;
  v_result.contacts_inserted := 0;
  v_result.contacts_updated := 0;
  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owner_ids) as g (owner_ids) loop
    v_ids := v_owner_ids;
    v_keys := v_phone_keys;
    v_marks := v_favorites;
    v_links := v_given_links;
    v_times := v_interactions;
    if v_group is not null then
      select pg_catalog.array_agg(w.owner_id         order by w.position),
             pg_catalog.array_agg(w.phone_key        order by w.position),
             pg_catalog.array_agg(w.is_favorite      order by w.position),
             pg_catalog.array_agg(w.given_link       order by w.position),
             pg_catalog.array_agg(w.last_interaction order by w.position)
        into v_ids, v_keys, v_marks, v_links, v_times
        from unnest(v_owner_ids, v_phone_keys, v_favorites, v_given_links, v_interactions) with ordinality
             as w (owner_id, phone_key, is_favorite, given_link, last_interaction, position)
       where w.owner_id = any (v_group);
    end if;
    select w.*
      into v_written
      from contact_sync_write_contacts(
             v_group, v_ids, v_keys, v_marks, v_links, v_times, v_now, p_batch_size) as w;
    v_result.matched_contacts := v_result.matched_contacts + v_written.matched_contacts;
    v_result.contacts_inserted := v_result.contacts_inserted + v_written.contacts_inserted;
    v_result.contacts_updated := v_result.contacts_updated + v_written.contacts_updated;
    v_told_owners := v_told_owners operator(pg_catalog.||) v_written.told_owner_ids;
    v_told_keys := v_told_keys operator(pg_catalog.||) v_written.told_phone_keys;
    v_old_users := v_old_users operator(pg_catalog.||) v_written.old_user_ids;
    v_new_users := v_new_users operator(pg_catalog.||) v_written.new_user_ids;
  end loop;
  if pg_catalog.cardinality(v_told_owners) > 0 then
    perform contact_sync_write_messages(v_told_owners, v_told_keys, v_old_users, v_new_users);
  end if;

  v_result.contacts_unchanged :=
    v_result.total_processed - v_result.contacts_inserted - v_result.contacts_updated;
  v_result.contacts_removed := 0;
  v_result.duplicates := jsonb_array_length(p_contacts) - v_result.total_processed;
  v_result.batch_size := p_batch_size;
  v_result.matched_phone_hashes := '{}';
  v_result.matched_user_ids := '{}';
  v_result.matched_silent := '{}';
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_now);
  return v_result;
end
$$;


-- The batch size for a number of contacts: the rows that make 250 KB, the
-- guide's target, within 100 and 1,000, and at most 500 for more than 10,000
-- contacts. Users call it as themselves, so it stands on no function of ours
-- that is not theirs as well.
-- For every signed-in user and service_role.
create function get_optimal_batch_size(
  p_estimated_contact_count integer,
  p_avg_contact_size_kb     numeric default 0.5)
returns integer
language plpgsql immutable
set search_path from current
as $$
begin
  if p_estimated_contact_count is null or p_avg_contact_size_kb is null then
    raise exception using
      errcode = 'YC001',
      message = case
        when p_estimated_contact_count is null
        then 'INVALID_ARGUMENT: p_estimated_contact_count must not be null'
        else 'INVALID_ARGUMENT: p_avg_contact_size_kb must not be null'
      end;
  end if;
  if p_estimated_contact_count < 0 then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_estimated_contact_count must not be negative';
  end if;
  -- 'NaN' sorts above every number, so it fails the second test
  if not (p_avg_contact_size_kb > 0.0 and p_avg_contact_size_kb < 'NaN') then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_avg_contact_size_kb must be greater than 0';
  end if;

  return least(
    greatest(least(floor(250.0 / p_avg_contact_size_kb), 1000), 100),
    case when p_estimated_contact_count > 10000 then 500 else 1000 end);
end
$$;


-- What a sync of so many contacts will take. The four estimated_ fields follow
-- the guide's constants (1,000 contacts a second, 0.5 KB a contact); the two
-- observed_ ones come from the last 100 completed syncs and are NULL before
-- the first. p_batch_size NULL means the size get_optimal_batch_size() gives.
-- For every signed-in user and service_role.
create function estimate_sync_performance(
  p_contact_count integer,
  p_batch_size    integer default null)
returns table (
  estimated_batch_size         integer,
  estimated_batches            integer,
  estimated_time_seconds       integer,
  estimated_memory_mb          numeric,
  observed_contacts_per_second numeric,
  observed_time_seconds        numeric)
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_contact_count is not null, 'p_contact_count');
  estimated_batch_size := coalesce(p_batch_size, get_optimal_batch_size(p_contact_count, 0.5));
  perform contact_sync_check_batch_size(estimated_batch_size);
  if p_contact_count < 0 then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_contact_count must not be negative';
  end if;

  estimated_batches := ceil(p_contact_count::numeric / estimated_batch_size::numeric);
  estimated_time_seconds := ceil(p_contact_count::numeric / 1000.0);
  estimated_memory_mb := round(p_contact_count::numeric * 0.5 / 1024.0, 3);

  -- What a sync of nothing takes says nothing about contacts.
  select round(sum(r.synced_contacts_count)::numeric * 1000.0 / sum(r.processing_time_ms)::numeric, 1)
    into observed_contacts_per_second
    from (select s.synced_contacts_count, s.processing_time_ms
            from contact_sync_runs s
           where s.sync_status = 'completed'
             and s.synced_contacts_count > 0
           order by s.started_at desc
           limit 100) as r;
  observed_time_seconds := round(p_contact_count::numeric / nullif(observed_contacts_per_second, 0.0), 3);
  return next;
end
$$;


-- A row for each UTC day with syncs since p_since (NULL: ever), newest first, and
-- a last one, with NULL for the day, for all of them; of one owner or (NULL) of
-- the whole service. Averages, rates and durations are over completed
-- syncs; unchanged_syncs are deltas that changed nothing, which leave no run and are
-- in none of the other counts; avg_sync_rate is synced ÷ device contacts in per cent. The folded days
-- belong to nobody any more, so they count only for the whole service.
create function contact_sync_daily_statistics(p_owner_id uuid, p_since date)
returns table (
  sync_date                    date,
  total_syncs                  bigint,
  completed_syncs              bigint,
  failed_syncs                 bigint,
  avg_device_contacts          numeric,
  avg_synced_contacts          numeric,
  avg_sync_rate                numeric,
  contacts_inserted            bigint,
  contacts_updated             bigint,
  contacts_unchanged           bigint,
  contacts_removed             bigint,
  matched_contacts             bigint,
  avg_processing_time_ms       numeric,
  max_processing_time_ms       bigint,
  observed_contacts_per_second numeric,
  unchanged_syncs              bigint)
language plpgsql stable
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
#variable_conflict use_column
begin
  return query
      with counted as (
        select (r.started_at at time zone 'UTC')::date as sync_date,
               count(*) as total_syncs,
               count(*) filter (where r.sync_status = 'completed') as completed_syncs,
               count(*) filter (where r.sync_status = 'failed') as failed_syncs,
               coalesce(sum(r.device_contacts_count) filter (where r.sync_status = 'completed'), 0) as device_contacts,
               sum(r.synced_contacts_count) as synced_contacts,
               sum(r.contacts_inserted) as contacts_inserted,
               sum(r.contacts_updated) as contacts_updated,
               sum(r.contacts_unchanged) as contacts_unchanged,
               sum(r.contacts_removed) as contacts_removed,
               sum(r.matched_contacts_count) as matched_contacts,
               coalesce(sum(r.processing_time_ms) filter (where r.sync_status = 'completed'), 0) as processing_time_ms,
               coalesce(max(r.processing_time_ms) filter (where r.sync_status = 'completed'), 0) as max_processing_time_ms,
               0::bigint as unchanged_syncs
          from contact_sync_runs r
         where (p_owner_id is null or r.owner_id = p_owner_id)
           and (p_since is null or r.started_at >= p_since::timestamp at time zone 'UTC')
         group by 1
        union all
        select t.sync_date,
               t.total_syncs, t.completed_syncs, t.failed_syncs,
               t.device_contacts_count, t.synced_contacts_count,
               t.contacts_inserted, t.contacts_updated, t.contacts_unchanged, t.contacts_removed,
               t.matched_contacts_count, t.processing_time_ms, t.max_processing_time_ms,
               t.unchanged_syncs
          from contact_sync_daily_totals t
         where p_owner_id is null
           and (p_since is null or t.sync_date >= p_since)
      )
      select c.sync_date,
             coalesce(sum(c.total_syncs), 0)::bigint,
             coalesce(sum(c.completed_syncs), 0)::bigint,
             coalesce(sum(c.failed_syncs), 0)::bigint,
             round(sum(c.device_contacts) / nullif(sum(c.completed_syncs), 0.0), 2),
             round(sum(c.synced_contacts) / nullif(sum(c.completed_syncs), 0.0), 2),
             round(100.0 * sum(c.synced_contacts) / nullif(sum(c.device_contacts), 0.0), 2),
             coalesce(sum(c.contacts_inserted), 0)::bigint,
             coalesce(sum(c.contacts_updated), 0)::bigint,
             coalesce(sum(c.contacts_unchanged), 0)::bigint,
             coalesce(sum(c.contacts_removed), 0)::bigint,
             coalesce(sum(c.matched_contacts), 0)::bigint,
             round(sum(c.processing_time_ms) / nullif(sum(c.completed_syncs), 0.0), 2),
             max(c.max_processing_time_ms)::bigint,
             round(1000.0 * sum(c.synced_contacts) / nullif(sum(c.processing_time_ms), 0.0), 1),
             coalesce(sum(c.unchanged_syncs), 0)::bigint
        from counted c
       group by grouping sets ((c.sync_date), ())
       order by c.sync_date desc nulls last;
end
$$;


-- The service's history, a row a UTC day, newest first.
create view contact_sync_stats
with (security_invoker = true)
as
  select s.*
    from contact_sync_daily_statistics(null, null) as s
   where s.sync_date is not null;


-- The statistics of the last p_days UTC days, today included (1 to 365): one
-- row a day with syncs, newest first, then one with NULL for the day that sums
-- them up; of one owner, or of the whole service. For service_role.
create function get_sync_statistics(
  p_days     integer default 30,
  p_owner_id uuid    default null)
returns setof contact_sync_stats
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_check_range(p_days, 1, 365, 'p_days',
                                   'The view contact_sync_stats has every day.');
  return query
    select s.*
      from contact_sync_daily_statistics(p_owner_id, (now() at time zone 'UTC')::date - (p_days - 1)) as s;
end
$$;


-- Where the buckets begin that durations are counted in, in milliseconds: eight for each
-- doubling, from 1 ms to 35 years. A duration's bucket is
-- width_bucket(duration, contact_sync_bucket_bounds()), counted from 1; what is told of
-- it (contact_sync_bucket_ms()) is 5 % off at most, and whole milliseconds up to 15 are
-- told as they were. A constant: planned statements have it in them.
create function contact_sync_bucket_bounds()
returns float8[]
language plpgsql immutable
set search_path from current
as $$
begin
  return array(select pow(2.0::float8, n::float8 / 8.0::float8) from generate_series(0, 320) as n order by n);
end
$$;


-- Turns runs into daily totals, with what failed by its code and how long syncs took: those of one owner, or those that started
-- before a moment (NULL: any). Returns how many it folded.
create function contact_sync_fold(p_owner_id uuid, p_before timestamptz)
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
  v_runs   jsonb;
  v_folded integer;
begin
  -- Grouped by all that is asked below.
  with folded as (
    delete from contact_sync_runs r
     where (p_owner_id is null or r.owner_id = p_owner_id)
       and (p_before is null or r.started_at < p_before)
    returning r.*
  ), run as (
    select (f.started_at at time zone 'UTC')::date as sync_date,
           f.sync_status, f.sync_mode, f.error_code,
           pg_catalog.width_bucket(f.processing_time_ms::float8, contact_sync_bucket_bounds()) as bucket,
           count(*) as syncs,
           max(f.started_at) as last_at,
           sum(f.device_contacts_count) as device_contacts,
           sum(f.synced_contacts_count) as synced_contacts,
           sum(f.contacts_inserted) as inserted,
           sum(f.contacts_updated) as updated,
           sum(f.contacts_unchanged) as unchanged,
           sum(f.contacts_removed) as removed,
           sum(f.matched_contacts_count) as matched,
           sum(f.processing_time_ms) as processing_time_ms,
           max(f.processing_time_ms) as max_processing_time_ms
      from folded f
     group by 1, 2, 3, 4, 5
  )
  select pg_catalog.jsonb_agg(r), coalesce(sum(r.syncs), 0.0)
    into v_runs, v_folded
    from run r;
  if v_folded = 0 then
    return 0;
  end if;

  with run as (
    select r.*
      from pg_catalog.jsonb_to_recordset(v_runs) as r (
             sync_date date, sync_status text, sync_mode text, error_code text, bucket smallint, syncs bigint,
             last_at timestamptz, device_contacts bigint, synced_contacts bigint, inserted bigint, updated bigint,
             unchanged bigint, removed bigint, matched bigint, processing_time_ms bigint,
             max_processing_time_ms integer)
  ), added as (
    insert into contact_sync_daily_totals as t (
      sync_date, total_syncs, completed_syncs, delta_syncs, failed_syncs,
      device_contacts_count, synced_contacts_count,
      contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
      matched_contacts_count, processing_time_ms, max_processing_time_ms)
    select r.sync_date,
           sum(r.syncs),
           coalesce(sum(r.syncs) filter (where r.sync_status = 'completed'), 0),
           coalesce(sum(r.syncs) filter (where r.sync_status = 'completed' and r.sync_mode = 'delta'), 0),
           coalesce(sum(r.syncs) filter (where r.sync_status = 'failed'), 0),
           coalesce(sum(r.device_contacts) filter (where r.sync_status = 'completed'), 0),
           sum(r.synced_contacts),
           sum(r.inserted), sum(r.updated),
           sum(r.unchanged), sum(r.removed),
           sum(r.matched),
           coalesce(sum(r.processing_time_ms) filter (where r.sync_status = 'completed'), 0),
           coalesce(max(r.max_processing_time_ms) filter (where r.sync_status = 'completed'), 0)
      from run r
     group by 1
     order by 1 -- so that two folds don't wait for each other
        on conflict (sync_date) do update
       set total_syncs            = t.total_syncs            + excluded.total_syncs,
           completed_syncs        = t.completed_syncs        + excluded.completed_syncs,
           delta_syncs            = t.delta_syncs            + excluded.delta_syncs,
           failed_syncs           = t.failed_syncs           + excluded.failed_syncs,
           device_contacts_count  = t.device_contacts_count  + excluded.device_contacts_count,
           synced_contacts_count  = t.synced_contacts_count  + excluded.synced_contacts_count,
           contacts_inserted      = t.contacts_inserted      + excluded.contacts_inserted,
           contacts_updated       = t.contacts_updated       + excluded.contacts_updated,
           contacts_unchanged     = t.contacts_unchanged     + excluded.contacts_unchanged,
           contacts_removed       = t.contacts_removed       + excluded.contacts_removed,
           matched_contacts_count = t.matched_contacts_count + excluded.matched_contacts_count,
           processing_time_ms     = t.processing_time_ms     + excluded.processing_time_ms,
           max_processing_time_ms = greatest(t.max_processing_time_ms, excluded.max_processing_time_ms)
  ), failed as (
    insert into contact_sync_daily_failures as t (sync_date, error_code, syncs, last_at)
    select r.sync_date, coalesce(r.error_code, 'INTERNAL'), sum(r.syncs), max(r.last_at)
      from run r
     where r.sync_status = 'failed'
     group by 1, 2
     order by 1, 2
        on conflict (sync_date, error_code) do update
       set syncs   = t.syncs + excluded.syncs,
           last_at = greatest(t.last_at, excluded.last_at)
  )
  insert into contact_sync_daily_durations as t (sync_date, subject, bucket, how_many)
  select r.sync_date, 'sync', r.bucket, sum(r.syncs)
    from run r
   where r.sync_status = 'completed'
   group by 1, 3
   order by 1, 3
      on conflict (sync_date, subject, bucket) do update
     set how_many = t.how_many + excluded.how_many;
  return v_folded;
end
$$;


-- Counts deltas of a day that changed nothing: they leave no run, so the process
-- that has answered them says now and then how many they were. For service_role.
create function contact_sync_count_unchanged(p_sync_date date, p_count integer)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_sync_date is not null, 'p_sync_date');
  perform contact_sync_check_range(p_count, 0, 1000000000, 'p_count', 'Nothing was written.');
  insert into contact_sync_daily_totals as t (sync_date, unchanged_syncs)
  values (p_sync_date, p_count)
      on conflict (sync_date) do update
     set unchanged_syncs = t.unchanged_syncs + excluded.unchanged_syncs;
end
$$;


-- Drops sessions that have not been heard of for a day, with their parts: an
-- owner's, or (NULL) anybody's.
create function contact_sync_drop_sessions(p_owner_id uuid)
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
  v_owners   uuid[];
  v_sessions uuid[];
  v_group    uuid[];
begin
  with dropped as (
    delete from contact_sync_sessions e
     where e.last_part_at < now() - interval '1 day'
       and (p_owner_id is null or e.owner_id = p_owner_id)
    returning e.owner_id, e.session_id
  )
  select pg_catalog.array_agg(d.owner_id), pg_catalog.array_agg(d.session_id)
    into v_owners, v_sessions
    from dropped d;
  if v_owners is null then
    return;
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    delete from contact_sync_session_parts p
     using unnest(v_owners, v_sessions) as d (owner_id, session_id)
     where p.owner_id = d.owner_id
       and p.session_id = d.session_id
       and (v_group is null or p.owner_id = any (v_group));
  end loop;
end
$$;


-- Measures what address books look like here, for contact_sync_suspicion(): each of
-- the owners who made the last 20,000 full syncs counts once, so that nobody can
-- shift it by syncing often. Fewer than 100 owners say nothing: a service that has
-- just begun, whose few users may all be strangers or all be friends.
create function contact_sync_measure_population()
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
  c_fewest constant bigint := 100;
begin
  insert into contact_sync_population as p (owners, book_size, matched_share)
  select count(*)::integer,
         case when count(*) >= c_fewest then pg_catalog.percentile_disc(0.99::float8) within group (order by b.synced_contacts_count) end,
         case when count(*) >= c_fewest then sum(b.matched_contacts_count)::float8 / sum(b.synced_contacts_count)::float8 end
    from (select distinct on (r.owner_id) r.synced_contacts_count, r.matched_contacts_count
            from (select l.owner_id, l.run_id, l.started_at, l.synced_contacts_count, l.matched_contacts_count
                    from contact_sync_runs l
                   where l.sync_status = 'completed'
                     and l.sync_mode <> 'delta'
                     and l.synced_contacts_count >= 20
                   order by l.started_at desc
                   limit 20000) as r
           order by r.owner_id, r.started_at desc, r.run_id desc) as b
      on conflict (only_row) do update
     set owners = excluded.owners,
         book_size = excluded.book_size,
         matched_share = excluded.matched_share,
         measured_at = excluded.measured_at;
end
$$;


-- Adds what the linker's passes have counted to their days. What another process is
-- just adding is left to it.
create function contact_sync_fold_links()
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
  with chosen as materialized (
    select l.finished_id
      from contact_sync_finished_links l
       for update skip locked
  ), folded as (
    delete from contact_sync_finished_links f
     using chosen c
     where f.finished_id = c.finished_id
    returning f.finished_at, f.bucket, f.how_many
  )
  insert into contact_sync_daily_durations as t (sync_date, subject, bucket, how_many)
  select (f.finished_at at time zone 'UTC')::date, 'link', f.bucket, sum(f.how_many)
    from folded f
   group by 1, 3
   order by 1, 3 -- so that two processes don't wait for each other
      on conflict (sync_date, subject, bucket) do update
     set how_many = t.how_many + excluded.how_many;
end
$$;


-- Where the rows of a table, or the entries of an index, really are: itself, or where it
-- is partitioned the last of its parts.
create function contact_sync_leaves(p_relation regclass)
returns setof oid
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return query
    select c.oid
      from pg_catalog.pg_class c
     where c.oid = p_relation::oid
       and c.relkind not in ('p'::"char", 'I'::"char")
     union all
    select t.relid::oid
      from pg_catalog.pg_partition_tree(p_relation) as t
     where t.isleaf
       and t.relid <> p_relation;
end
$$;


-- How large one table or index is that has rows of its own: about how many rows it has, or
-- entries; its bytes, and those of a table with its indexes. Rows are what VACUUM and
-- ANALYZE have last found, for the pages that it has now; one that neither has seen yet
-- is taken to have 100 bytes a row.
create function contact_sync_measure_relation(
  p_relation oid,
  out rows_estimate float8,
  out bytes         bigint,
  out total_bytes   bigint)
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  c_row_bytes constant float8 := 100.0;
begin
  bytes := pg_relation_size(p_relation::regclass);
  total_bytes := pg_total_relation_size(p_relation::regclass);
  rows_estimate := (
    select case
             when c.relpages > 0 and c.reltuples >= 0.0::float4
             then c.reltuples::float8 / c.relpages::float8
                  * bytes::float8 / current_setting('block_size')::float8
             else bytes::float8 / c_row_bytes
           end
      from pg_catalog.pg_class c
     where c.oid = p_relation);
end
$$;


-- How large tables and indexes are, as of contact_sync_measure_relation(), of all parts of
-- those that are partitioned. On Citus, on all nodes
-- (contact_sync_cluster_measure_relations()).
create function contact_sync_measure_relations(
  p_relations oid[],
  out relation      oid,
  out rows_estimate bigint,
  out bytes         bigint,
  out total_bytes   bigint)
returns setof record
language plpgsql stable
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
  return query
    select r.id,
           coalesce(round(sum(m.rows_estimate)), 0.0::float8)::bigint,
           coalesce(sum(m.bytes), 0.0)::bigint,
           coalesce(sum(m.total_bytes), 0.0)::bigint
      from pg_catalog.unnest(p_relations) as r (id)
      left join lateral contact_sync_leaves(r.id::regclass) as l (id) on true
      left join lateral contact_sync_measure_relation(l.id) as m on l.id is not null
     group by r.id;
end
$$;


-- About how many rows a table has, or entries an index
-- (contact_sync_measure_relation()).
create function contact_sync_estimate_rows(p_relation regclass)
returns bigint
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return (select m.rows_estimate from contact_sync_measure_relations(array[p_relation::oid]) as m);
end
$$;


-- Our tables, the largest first: about how many rows each has, and how many bytes with
-- its indexes. Tables below 4 MB are counted, which takes some milliseconds; of the
-- others it is the database's own estimate (contact_sync_measure_relations()). For
-- service_role.
create function list_stored_tables(
  out table_name    text,
  out rows_estimate bigint,
  out bytes         bigint)
returns setof record
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  c_counted constant bigint := 4194304;
  v_ids     constant oid[] := array(
    select to_regclass(o.name)::oid
      from contact_sync_objects() as o
     where o.kind = 'table'
       and to_regclass(o.name) is not null);
  v_id       oid;
  v_bytes    bigint;
  v_estimate bigint;
begin
  for table_name, v_id, bytes, v_bytes, v_estimate in
    select c.relname::text, m.relation, m.total_bytes, m.bytes, m.rows_estimate
      from contact_sync_measure_relations(v_ids) as m
      join pg_catalog.pg_class c on c.oid = m.relation
     order by m.total_bytes desc, c.relname::text
  loop
    if v_bytes <= c_counted then
      execute pg_catalog.format('select count(*) from %s', v_id::regclass) into rows_estimate;
    else
      rows_estimate := v_estimate;
    end if;
    return next;
  end loop;
end
$$;


-- How many numbers are linked to a user, and to how many users: counted up to 4 MB of
-- them, and estimated beyond that; most users have one number, which is what is told of
-- users where the database's statistics are not for this role to see. While the sealing key
-- is being changed, each number of a large directory may count twice.
create function contact_sync_directory_state(out numbers bigint, out users bigint)
language plpgsql stable
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
  c_counted  constant bigint := 4194304;
  v_distinct float4;
begin
  if (select m.bytes from contact_sync_measure_relations(array['phones'::regclass::oid]) as m) <= c_counted then
    select count(*), pg_catalog.count(distinct d.linked_user_id)
      into numbers, users
      from phones d
     where d.linked_user_id is not null
       and d.key_number = contact_sync_key_number();
    return;
  end if;
  numbers := greatest(0::bigint, contact_sync_estimate_rows('phones'::regclass)
                                 - contact_sync_estimate_rows('phones_forgotten_idx'::regclass));
  v_distinct := (select s.n_distinct
                   from pg_catalog.pg_stats s
                   join pg_catalog.pg_class c on c.oid = 'phones'::regclass
                  where s.schemaname = c.relnamespace::regnamespace::name
                    and s.tablename = c.relname
                    and s.attname = 'linked_user_id');
  users := least(numbers, case
                            when v_distinct is null then numbers
                            when v_distinct < 0.0::float4 then round(-v_distinct::float8 * numbers::float8)::bigint
                            else round(v_distinct::float8)::bigint
                          end);
end
$$;


-- Notes how much there is for the UTC day that it is (contact_sync_daily_state). However
-- often it is called, by however many: the day has what was last measured. Waits for
-- nobody: where somebody has one of our tables for themselves, or is just measuring, it is
-- left to the next time.
create function contact_sync_measure_state()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_timeout constant text := current_setting('lock_timeout');
begin
  perform set_config('lock_timeout', '10ms', true);
  insert into contact_sync_daily_state as s (
    state_date, directory_numbers, contacts, stored_rows, stored_bytes, measured_at)
  select (now() at time zone 'UTC')::date,
         (select d.numbers from contact_sync_directory_state() as d),
         coalesce(sum(t.rows_estimate) filter (where t.table_name = 'contacts_with_accounts'), 0.0),
         sum(t.rows_estimate),
         sum(t.bytes),
         clock_timestamp()
    from list_stored_tables() as t
      on conflict (state_date) do update
     set directory_numbers = excluded.directory_numbers,
         contacts = excluded.contacts,
         stored_rows = excluded.stored_rows,
         stored_bytes = excluded.stored_bytes,
         measured_at = excluded.measured_at;
  perform set_config('lock_timeout', v_timeout, true);
exception
  when lock_not_available then
    return; -- the setting is as it was, too
end
$$;


-- Folds runs that are older than p_keep (NULL: than set_retention() says) into daily
-- totals, which the statistics still show, and drops what abandoned streams and sessions
-- staged, choices that were kept long enough, which answers were kept and which erasures
-- were settled more than a day ago, and messages for the webhook that are older
-- than 30 days; what the app calls users whom nothing names any more; and a portion of
-- what retention removes (apply_retention()). Measures what address books look like here
-- (list_suspects()), and how much there is (get_operation_history()). Returns the number
-- of runs folded. For service_role, or pg_cron.
create function clean_up_contact_sync(p_keep interval default null)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_keep   interval := p_keep;
  v_moment timestamptz;
  v_folded integer;
begin
  if v_keep is null then
    select r.run_days::float8 * interval '1 day'
      into v_keep
      from set_retention(null::integer, null::integer, null::integer, null::integer) as r;
  end if;
  if v_keep < interval '0' then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: p_keep is %s; it must be 0 or longer', v_keep),
      hint = 'Say how far back runs are kept, for example ''90 days''.';
  end if;
  perform contact_sync_drop_streams(null::uuid);
  perform contact_sync_drop_sessions(null::uuid);
  v_moment := now() - set_choice_retention(null::integer)::float8 * interval '1 day';
  delete from contact_sync_kept_choices k
   where k.removed_at < v_moment;
  perform contact_sync_drop_forgotten(null::uuid[]);
  delete from contact_sync_answers a
   where a.created_at < now() - interval '1 day';
  delete from contact_sync_erasures e
   where e.is_settled
     and e.erased_at < now() - interval '1 day';
  delete from contact_sync_outbox o
   where o.changed_at < now() - interval '30 days';
  -- somewhere in the table each time; the library goes all the way
  perform from contact_sync_drop_unused_users(gen_random_uuid(), 10000);
  perform contact_sync_drop_erased_users();
  perform from apply_retention(10000);
  perform contact_sync_measure_population();
  perform contact_sync_fold_links();
  v_folded := contact_sync_fold(null::uuid, now() - v_keep);
  perform contact_sync_measure_state();
  return v_folded;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('014_optimize_contact_batch_operations', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
