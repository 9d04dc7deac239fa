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

-- Given links, for erasure.
create index contacts_with_accounts_link_given_idx
  on contacts_with_accounts (owner_id, phone_key)
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
  -- 'csyn' in ASCII, and the schema: two installations in one database have
  -- nothing to do with each other. contact_sync_fence_holders() looks for both.
  perform pg_advisory_xact_lock_shared(
    x'6373796e'::integer,
    quote_ident(current_schema())::regnamespace::oid::integer);
end
$$;


-- The ids of all transactions of others that have one and have not ended,
-- prepared ones included, whatever they do.
create function contact_sync_running_transactions()
returns xid[]
language sql volatile
set search_path from current
as $$
  select array(
    select l.transactionid
      from pg_catalog.pg_locks as l
     where l.locktype = 'transactionid'
       and l.mode = 'ExclusiveLock'
       and l.granted
       and l.pid is distinct from pg_backend_pid())
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
-- others here for as long as it lasts.
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
  v_locked    integer;
  v_running   xid[];
  v_busy_id   uuid;
begin
  select pg_catalog.array_agg(distinct o.id order by o.id)
    into v_owner_ids
    from pg_catalog.unnest(p_owner_ids) as o (id);

  if pg_catalog.cardinality(v_owner_ids) > 1 then
    v_running := contact_sync_running_transactions();
  end if;
  if pg_catalog.cardinality(v_running) > 0 then
    for v_busy_id in
      select s.owner_id
        from contact_sync_status s
       where s.owner_id = any (v_owner_ids)
         and s.xmax = any (v_running)
       order by s.owner_id
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

  loop
    insert into contact_sync_status (owner_id)
    select o.id
      from pg_catalog.unnest(v_owner_ids) as o (id)
     where not exists (select from contact_sync_status s where s.owner_id = o.id)
     order by o.id
        on conflict (owner_id) do nothing;

    select count(*)
      into v_locked
      from (select
              from contact_sync_status s
             where s.owner_id = any (v_owner_ids)
             order by s.owner_id
               for update) as locked;

    -- Fewer when somebody was erased while we waited: their row is gone, and
    -- the next round makes a new one.
    exit when v_locked = coalesce(pg_catalog.cardinality(v_owner_ids), 0);
  end loop;
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
-- 1,000,000, the guide's limit. The caller holds the owners' locks.
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
  v_mark constant bigint := contact_sync_random_mark();
  v_most integer;
begin
  select max(s.contacts_count + a.added)
    into v_most
    from unnest(p_owner_ids, p_added) as a (owner_id, added)
    join contact_sync_status s on s.owner_id = a.owner_id;

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
   where s.owner_id = a.owner_id;
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
    insert into contact_sync_seal (is_sealed, key_id, check_value)
    select true, p_key_id, p_check_value
     where not exists (select from phones)
       and not exists (select from contacts_with_accounts)
       and not exists (select from contact_sync_staged_keys)
        on conflict do nothing;
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
      hint = 'Use the key this database was first used with. With another one nobody would match and every book would be stored twice.';
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
-- Not volatile, so that a statement that asks it for a condition asks it once,
-- and before it does anything else. For service_role.
create function contact_sync_verify_key(p_key_id text, p_check_value text)
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  if exists (select
               from contact_sync_seal s
              where s.key_id is not distinct from p_key_id
                and s.check_value is not distinct from p_check_value) then
    return true;
  end if;

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
end
$$;


-- As long as no key is recorded, whoever stores numbers holds off those who
-- would record one until the transaction ends: what it stores is then either
-- seen by the question whether the database was used from SQL, or comes after
-- the answer and is refused. Once something is recorded it costs one look.
--
-- Two that store numbers don't wait for each other; only recording conflicts.
create function contact_sync_hold_seal()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if exists (select from contact_sync_seal) then
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
create function contact_sync_new_number_budget(
  out burst          integer,
  out refill_per_day integer)
language plpgsql stable
set search_path from current
as $$
begin
  select s.new_number_burst, s.new_numbers_per_day
    into burst, refill_per_day
    from contact_sync_settings s
   where s.only_row;
  burst := coalesce(burst, 20000);
  refill_per_day := coalesce(refill_per_day, 2000);
end
$$;


-- Sets the budget for new numbers, of every owner and for every face, and
-- returns the one in force. NULL leaves a figure as it is, so that a call
-- without arguments only tells. p_burst 0 is no budget.
--
-- What owners have spent stays spent: with a lower burst some may have to wait
-- until they have room again. For service_role.
create function set_new_number_budget(
  p_burst          integer default null,
  p_refill_per_day integer default null,
  out burst          integer,
  out refill_per_day integer)
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

  if p_burst is not null or p_refill_per_day is not null then
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day)
    select coalesce(p_burst, b.burst), coalesce(p_refill_per_day, b.refill_per_day)
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do update
       set new_number_burst = coalesce(p_burst, s.new_number_burst),
           new_numbers_per_day = coalesce(p_refill_per_day, s.new_numbers_per_day),
           changed_at = excluded.changed_at
     where s.new_number_burst <> coalesce(p_burst, s.new_number_burst)
        or s.new_numbers_per_day <> coalesce(p_refill_per_day, s.new_numbers_per_day);
  end if;

  select b.burst, b.refill_per_day
    into burst, refill_per_day
    from contact_sync_new_number_budget() as b;
end
$$;

-- So that no sync has to ask for the defaults.
select set_new_number_budget(b.burst, b.refill_per_day)
  from contact_sync_new_number_budget() as b;


-- Spends an owner's budget for new numbers on those of a call, and returns what
-- is left of it (NULLs: there is no budget). Beyond the budget it refuses the
-- call, and as that rolls back, a refused call costs nothing.
--
-- What is stored is what was spent, and it dwindles: so that an owner who is
-- new has spent nothing, a budget that is raised is at hand at once, and a long
-- time can't pile up more than the burst. Nobody can tell from a refusal who of
-- the numbers has an account: it comes before the directory is asked.
--
-- A clock that was set back gives nothing back, and the next call that is not
-- refused goes on by the new time. The caller holds the owner's lock.
create function contact_sync_spend_budget(
  p_owner_id    uuid,
  p_new_numbers integer,
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
  -- numeric as well: an operator that no built-in one fits exactly may be another's
  c_new     constant numeric := p_new_numbers;
  v_now     constant timestamptz := clock_timestamp();
  v_limit   numeric;
  v_per_day numeric;
  v_since   timestamptz;
  v_spent   numeric;
begin
  select s.new_numbers_spent, s.new_numbers_since,
         (select b.new_number_burst    from contact_sync_settings b where b.only_row),
         (select b.new_numbers_per_day from contact_sync_settings b where b.only_row)
    into v_spent, v_since, budget_limit, v_per_day
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  if budget_limit is null then
    select b.burst, b.refill_per_day
      into budget_limit, v_per_day
      from contact_sync_new_number_budget() as b;
  end if;
  if budget_limit = 0 then
    budget_limit := null;
    return;
  end if;
  v_limit := budget_limit;

  if v_since < v_now then
    v_spent := greatest(0, v_spent - v_per_day * extract(epoch from v_now - v_since) / c_day);
  end if;

  budget_remaining := greatest(0, floor(v_limit - v_spent));
  budget_reset := least(c_longest, ceil(v_spent * c_day / v_per_day));
  if p_new_numbers > budget_remaining then
    raise exception using
      errcode = 'YC013',
      message = pg_catalog.format('NEW_NUMBER_BUDGET_EXCEEDED: %s numbers are new to this owner, whose budget has %s of %s left',
                       p_new_numbers, budget_remaining, budget_limit),
      detail = pg_catalog.json_build_object(
        'limit', budget_limit,
        'remaining', budget_remaining,
        'reset', budget_reset,
        'new_numbers', p_new_numbers,
        -- until these numbers fit, or as many as ever can
        'retry_after_seconds', least(c_longest, greatest(1, ceil(
          (least(c_new, v_limit) - (v_limit - v_spent)) * c_day / v_per_day))))::text,
      hint = case
               when p_new_numbers > budget_limit then
                 'Nothing of this call was changed. The budget never has room for as many at once: send chunks, as it refills.'
               else
                 'Nothing of this call was changed. Wait until the budget has refilled, or send fewer numbers that are new.'
             end;
  end if;

  if p_new_numbers > 0 or v_since > v_now then
    v_spent := round(v_spent + c_new, 6);
    budget_remaining := greatest(0, floor(v_limit - v_spent));
    budget_reset := least(c_longest, ceil(v_spent * c_day / v_per_day));
    update contact_sync_status s
       set new_numbers_spent = v_spent,
           new_numbers_since = v_now
     where s.owner_id = p_owner_id;
  end if;
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


-- The number of a change of a link that is being written: the owner's present one
-- (contact_sync_number_links()), or one more where it is silent. Of a contact by
-- itself; whoever writes many of one owner knows it.
create function contact_sync_told_number(p_owner_id uuid, p_phone_key uuid)
returns bigint
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return (
    select s.link_number
           + exists (select from phones d where d.phone_key = p_phone_key and d.is_silent)::integer::bigint
      from contact_sync_status s
     where s.owner_id = p_owner_id);
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
  v_owners       uuid[];
  v_keys         uuid[];
  v_favorites    boolean[];
  v_interactions timestamptz[];
begin
  if not exists (select from contact_sync_kept_choices k where k.owner_id = any (p_owner_ids)) then
    return;
  end if;
  v_since := clock_timestamp() - set_choice_retention(null::integer)::float8 * interval '1 day';
  with returned as (
    delete from contact_sync_kept_choices k
     using unnest(p_owner_ids, p_phone_keys, p_favorites) as n (owner_id, phone_key, is_favorite)
     where k.owner_id = n.owner_id
       and k.phone_key = n.phone_key
    returning k.owner_id, k.phone_key, coalesce(n.is_favorite, k.is_favorite) as is_favorite,
              k.last_interaction, k.removed_at
  )
  select pg_catalog.array_agg(r.owner_id), pg_catalog.array_agg(r.phone_key),
         pg_catalog.array_agg(r.is_favorite), pg_catalog.array_agg(r.last_interaction)
    into v_owners, v_keys, v_favorites, v_interactions
    from returned r
   where r.removed_at > v_since;

  update contacts_with_accounts c
     set is_favorite = r.is_favorite,
         last_interaction = greatest(c.last_interaction, r.last_interaction)
    from unnest(v_owners, v_keys, v_favorites, v_interactions)
         as r (owner_id, phone_key, is_favorite, last_interaction)
   where c.owner_id = r.owner_id
     and c.phone_key = r.phone_key;
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
-- p_keeps_choices, favourites and interactions are kept aside for a while;
-- without, also those kept before are forgotten. Devices that had one get a new
-- mark; where one was linked, or none is left, whoever follows begins anew. The caller holds the
-- owner's lock.
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
begin
  if p_phone_keys is null then
    v_keys := array(select c.phone_key
                      from contacts_with_accounts c
                     where c.owner_id = p_owner_id
                     order by c.phone_key);
  end if;
  with removed as (
    delete from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.phone_key = any (v_keys)
    returning c.phone_key, c.held_by, c.is_favorite, c.last_interaction,
              c.linked_user_id is not null or c.link_number is not null as was_linked
  ), kept as (
    insert into contact_sync_kept_choices as k (owner_id, phone_key, removed_at, is_favorite, last_interaction)
    select p_owner_id, r.phone_key, v_now, r.is_favorite, r.last_interaction
      from removed r
     where p_keeps_choices
       and (r.is_favorite or r.last_interaction is not null)
        on conflict (owner_id, phone_key) do update
       set removed_at = excluded.removed_at,
           is_favorite = excluded.is_favorite,
           last_interaction = excluded.last_interaction
  )
  select count(*), bit_or(r.held_by), coalesce(bool_or(r.was_linked), false)
    into v_removed, v_held_by, v_was_linked
    from removed r;

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


-- The heart of every sync: brings the stored book of one owner to hold the
-- given numbers, linked as the directory says, and reports what that took.
--
-- The owner's book is read once. The directory is asked about the numbers that
-- are new, and about stored ones whose entry changed and which the linker has
-- not reached; every other contact is linked as the directory says, that is the
-- linker's promise (link_pending_phones()). Then only differences are written,
-- in key order, p_batch_size rows a statement: a book that is already right is
-- only read. is_favorite and last_interaction belong to the owner and are never
-- touched.
--
-- p_held_by is the bit of whoever syncs: those of the numbers that lack it get it,
-- which is bookkeeping and counts as unchanged. A contact that was removed and
-- comes back gets its choices back.
--
-- With p_budget, numbers that are new to the owner are charged to their budget,
-- which refuses the call where it has no room for them.
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
  p_held_by    smallint)
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
  v_now           constant timestamptz := clock_timestamp();
  v_result        contact_sync_result;
  v_stored        integer;
  v_has_room      boolean;
  v_pending_keys  uuid[] := '{}';
  v_erased_keys   uuid[] := '{}';
  -- what is stored, and those of it that are linked
  v_stored_keys   uuid[];
  v_linked_keys   uuid[];
  v_linked_users  uuid[];
  v_linked_silent boolean[];
  -- those that are not held by whoever syncs
  v_unheld_keys   uuid[];
  v_new_keys      uuid[];
  v_new_links     uuid[];
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
  if pg_relation_size('contact_sync_pending_links'::regclass) > 131072
     or exists (select from contact_sync_pending_links)
  then
    v_pending_keys := array(
      select distinct q.phone_key
        from contact_sync_pending_links q
       where q.phone_key = any (p_phone_keys));
  end if;
  -- Likewise links that were given to somebody who has been erased since.
  if exists (select from contact_sync_erasures e where not e.is_settled) then
    v_erased_keys := array(
      select c.phone_key
        from contacts_with_accounts c
       where c.owner_id = p_owner_id
         and c.phone_key = any (p_phone_keys)
         and c.link_given
         and contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key));
    v_pending_keys := v_pending_keys operator(pg_catalog.||) v_erased_keys;
  end if;

  -- A book not much larger than the call is read from end to end, in key order:
  -- one stretch of the index and of the table, and no search for each number.
  select s.contacts_count
    into v_stored
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
                   coalesce(c.link_number % 2::bigint = 1::bigint, false) as is_silent
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
                   coalesce(c.link_number % 2::bigint = 1::bigint, false) as is_silent
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
    select b.budget_limit, b.budget_remaining, b.budget_reset
      into v_result.budget_limit, v_result.budget_remaining, v_result.budget_reset
      from contact_sync_spend_budget(p_owner_id, pg_catalog.cardinality(v_new_keys)) as b;
  end if;

  -- A subselect a number keeps the order of the array, and no join can go wrong.
  -- People store their own number, and that links them to nobody.
  if pg_catalog.cardinality(v_new_keys) > 0 then
    select pg_catalog.array_agg(n.link),
           pg_catalog.array_agg(n.phone_key) filter (where n.link is not null),
           pg_catalog.array_agg(n.link)      filter (where n.link is not null)
      into v_new_links, v_matched_keys, v_matched_users
      from (select w.phone_key,
                   nullif((select d.linked_user_id from phones d where d.phone_key = w.phone_key),
                          p_owner_id) as link
              from (select pg_catalog.unnest(v_new_keys) as phone_key) as w
            offset 0) as n; -- as it stands, not folded into the aggregates
    v_matched_silent :=
      case
        when v_matched_keys is null then null
        when exists (select from phones d where d.is_silent)
        then array(select exists (select from phones d where d.phone_key = m.phone_key and d.is_silent)
                     from (select pg_catalog.unnest(v_matched_keys) as phone_key) as m)
        else pg_catalog.array_fill(false, array[pg_catalog.cardinality(v_matched_keys)])
      end;
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
                     when d.phone_key is not null then nullif(d.linked_user_id, p_owner_id)
                     when c.link_given and c.phone_key <> all (v_erased_keys) then c.linked_user_id
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
                           when n.link is distinct from c.linked_user_id then v_link_number + n.is_silent::integer::bigint
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
begin
  with dropped as (
    delete from contact_sync_streams t
     where t.last_chunk_at < now() - interval '1 day'
       and (p_owner_id is null or t.owner_id = p_owner_id)
    returning t.owner_id, t.stream_id
  )
  delete from contact_sync_staged_keys k
   using dropped d
   where k.owner_id = d.owner_id
     and k.stream_id = d.stream_id;
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
    perform contact_sync_merge(p_owner_id, v_part, p_batch_size, false, null::uuid, 1::smallint);
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
  v_now constant timestamptz := clock_timestamp();
begin
  insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode,
    device_contacts_count, synced_contacts_count,
    contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
    matched_contacts_count, batch_size, processing_time_ms)
  values (
    p_owner_id, p_started_at, 'completed', p_mode,
    case when p_mode = 'delta' then p_result.total_processed else p_device_contacts_count end, p_result.total_processed,
    p_result.contacts_inserted, p_result.contacts_updated,
    p_result.contacts_unchanged, p_result.contacts_removed,
    p_result.matched_contacts, p_result.batch_size, p_result.processing_time_ms);

  update contact_sync_status s
     set sync_status = 'completed',
         last_sync_at = v_now,
         last_sync_mode = p_mode,
         device_contacts_count = coalesce(p_device_contacts_count, s.device_contacts_count),
         synced_contacts_count = p_result.total_processed,
         matched_contacts_count = p_result.matched_contacts,
         last_error_code = null,
         updated_at = v_now
   where s.owner_id = p_owner_id;

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
  p_device_id       text)
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

  -- Charged all at once, so that a refusal says how many they are.
  if v_all_once then
    perform contact_sync_spend_budget(
      p_owner_id,
      (select count(*)::integer
         from (select pg_catalog.unnest(p_phone_keys)
               except
               select c.phone_key from contacts_with_accounts c where c.owner_id = p_owner_id) as n));
  end if;

  for v_first in 1 .. greatest(1, pg_catalog.cardinality(p_phone_keys)) by c_part loop
    v_part := contact_sync_merge(
      p_owner_id, p_phone_keys[v_first : v_first + c_part - 1], p_batch_size, p_budget and not v_all_once, null::uuid,
      case when v_slot is null then 1 else 1 << v_slot::integer end::smallint);
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
      from contact_sync_spend_budget(p_owner_id, 0) as b;
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
  p_device_id             text    default null)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp();
  v_wanted     uuid[];
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
  v_wanted := contact_sync_distinct_keys(p_phone_keys);

  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  v_result := contact_sync_apply(
    p_owner_id, v_wanted, p_batch_size, p_mode, p_confirm_removal, p_budget, p_device_id);

  v_result.duplicates := pg_catalog.cardinality(p_phone_keys) - pg_catalog.cardinality(v_wanted);
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(p_owner_id, v_started_at, p_mode, p_device_contacts_count, v_result);
  return v_result;
end
$$;


-- A chunk of a streamed sync, which may be larger than one call: adds what is
-- new and, for a stream that will replace, stages the numbers so that
-- contact_sync_finish_stream() knows what to keep. Leaves no history; the finish does.
-- Of a stream that will replace, new numbers beyond the owner's 1,000,000 are
-- only staged, and counted as inserted: the finish stores them. Each chunk is
-- charged to the owner's budget by itself, unless p_budget is false.
--
-- All or nothing a chunk; a chunk sent twice does no harm. For service_role.
create function contact_sync_stream_chunk(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[],
  p_batch_size integer default 500,
  p_stage      boolean default false,
  p_budget     boolean default true)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at constant timestamptz := clock_timestamp();
  v_wanted     uuid[];
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_require(p_stage is not null, 'p_stage');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  v_wanted := contact_sync_distinct_keys(p_phone_keys);

  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  if p_stage then
    perform contact_sync_stage_keys(p_owner_id, p_stream_id, v_wanted);
  end if;
  v_result := contact_sync_merge(
    p_owner_id, v_wanted, p_batch_size, p_budget, case when p_stage then p_stream_id end, 1::smallint);

  v_result.duplicates := pg_catalog.cardinality(p_phone_keys) - pg_catalog.cardinality(v_wanted);
  v_result.batch_size := p_batch_size;
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  return v_result;
end
$$;


-- Ends a streamed sync: for one that replaces, removes in this one transaction
-- every contact the stream did not name (guarded like any replace), adds those
-- there was no room for before, then records the run. p_totals is the sum over
-- the chunks, with the duration of the whole stream. Returns it with
-- contacts_removed filled in, and (unless p_budget is false, as it was for the
-- chunks) what is left of the owner's budget: the finish itself is free.
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
  p_budget                boolean default true)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at    constant timestamptz := clock_timestamp();
  v_result        contact_sync_result := p_totals;
  v_is_incomplete boolean;
  v_kept          uuid[];
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_totals.total_processed is not null, 'p_totals');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_device_count(p_device_contacts_count);

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
    if pg_catalog.cardinality(v_kept) <> p_totals.total_processed then
      raise exception using
        errcode = 'YC027',
        message = pg_catalog.format('STREAM_INCOMPLETE: the stream has processed %s numbers, and %s are staged',
                         p_totals.total_processed, pg_catalog.cardinality(v_kept)),
        hint = 'Nothing was removed. Repeat the whole stream.';
    end if;

    v_result.contacts_removed :=
      contact_sync_remove_missing(p_owner_id, v_kept, p_confirm_removal, p_stream_id, null::smallint);
    if v_is_incomplete then
      perform contact_sync_check_batch_size(p_totals.batch_size);
      perform contact_sync_add_rest(p_owner_id, v_kept, p_totals.batch_size);
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
      from contact_sync_spend_budget(p_owner_id, 0) as b;
  end if;

  v_result.processing_time_ms :=
    greatest(1, v_result.processing_time_ms) + contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(
    p_owner_id, clock_timestamp() - v_result.processing_time_ms::float8 * interval '1 millisecond',
    p_mode, p_device_contacts_count, v_result);
  return v_result;
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
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  if p_mode is distinct from 'delta' then
    perform contact_sync_check_mode(p_mode);
  end if;
  perform contact_sync_require(p_batch_size is not null, 'p_batch_size');
  perform contact_sync_require(p_processing_time_ms is not null, 'p_processing_time_ms');
  perform contact_sync_require(p_error_code is not null, 'p_error_code');
  perform contact_sync_check_device_count(p_device_contacts_count);

  -- With the lock, because an erasure may be under way; looked up in a later
  -- statement.
  perform contact_sync_lock_owners(array[p_owner_id]);
  if exists (select
               from contact_sync_erasures e
              where e.user_digest = sha256(uuid_send(p_owner_id))
                and e.erased_at > v_started_at) then
    -- What the lock has made.
    delete from contact_sync_status s
     where s.owner_id = p_owner_id
       and s.sync_status = 'never_synced'
       and s.contacts_count = 0;
    return;
  end if;

  insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode,
    device_contacts_count, batch_size, processing_time_ms, error_code)
  values (
    p_owner_id, v_started_at, 'failed', p_mode,
    p_device_contacts_count, p_batch_size, greatest(p_processing_time_ms, 1), p_error_code);

  update contact_sync_status s
     set sync_status = 'failed',
         last_error_code = p_error_code,
         updated_at = clock_timestamp()
   where s.owner_id = p_owner_id;
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
    p_device_contacts_count, p_batch_size, 'merge', false, true, null::text);
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


-- Stores contacts of any owners from a JSON array of contact_batch_item:
-- inserts the new ones, updates those that differ, and says what it did.
--
-- Nobody's data is overwritten by silence: an absent or null field keeps what
-- is stored, and a null linked_user_id means "look the number up". A link that
-- is given stands only while the directory has no entry for the number. Where
-- a contact comes twice, the last one wins. A malformed item refuses the whole
-- call and is named by its position, counted from 0.
--
-- Contacts are held by no device in particular, and those whose link changes get
-- their owner's next number (list_contact_changes()).
--
-- Each contact is looked up by itself: a call may name 10,000 owners, and
-- reading all their books, or the whole directory, would not do.
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
  v_has_erasures boolean;
  -- links that count again since this call: no read has shown them meanwhile
  v_renewed      text[] := '{}';
  v_new          contact_sync_target[];
  v_changed      contact_sync_target[];
  -- owners of whom a link changes
  v_told_owners  uuid[];
  v_unheld       integer[];
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

  -- A link to somebody who was erased and came back is told from one that was
  -- given before the erasure.
  v_has_erasures := exists (select from contact_sync_erasures e where not e.is_settled);
  if v_has_erasures then
    with renewed as (
      insert into contact_sync_renewed_links as r (user_digest, owner_id, phone_key, erased_at)
      select e.user_digest, w.owner_id, w.phone_key, e.erased_at
        from unnest(v_owner_ids, v_phone_keys, v_given_links) as w (owner_id, phone_key, given_link)
        join contact_sync_erasures e on e.user_digest = sha256(uuid_send(w.given_link))
       where not e.is_settled
          on conflict do nothing
      returning r.owner_id::text || r.phone_key::text as contact
    )
    select coalesce(pg_catalog.array_agg(r.contact), '{}')
      into v_renewed
      from renewed r;
  end if;

  -- What each contact is to be, beside what it is.
  with compared as (
    select w.position,
           w.owner_id,
           w.phone_key,
           case
             when d.phone_key is not null then nullif(d.linked_user_id, w.owner_id)
             else coalesce(w.given_link, case when c.link_given and not k.is_erased then c.linked_user_id end)
           end as linked_user_id,
           d.phone_key is null
             and (w.given_link is not null or coalesce(c.link_given and not k.is_erased, false)) as link_given,
           coalesce(w.is_favorite, c.is_favorite, false) as is_favorite,
           coalesce(w.last_interaction, c.last_interaction) as last_interaction,
           c.owner_id is null as is_new,
           coalesce(k.is_erased, false)
             or c.link_given and v_has_erasures and (w.owner_id::text || w.phone_key::text) = any (v_renewed) as was_erased,
           c as stored
      from unnest(v_owner_ids, v_phone_keys, v_favorites, v_given_links, v_interactions) with ordinality
           as w (owner_id, phone_key, is_favorite, given_link, last_interaction, position)
      left join phones d on d.phone_key = w.phone_key
      left join contacts_with_accounts c on c.owner_id = w.owner_id and c.phone_key = w.phone_key
     cross join lateral (
             select case
                      when v_has_erasures and c.link_given
                      then contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
                      else false
                    end as is_erased
             offset 0
           ) as k
  ), judged as (
    select t.*,
           not t.is_new
             and (   t.linked_user_id   is distinct from (t.stored).linked_user_id
                  or t.link_given       is distinct from (t.stored).link_given
                  or t.is_favorite      is distinct from (t.stored).is_favorite
                  or t.last_interaction is distinct from (t.stored).last_interaction
                  or t.was_erased) as is_changed,
           l.is_told,
           not t.is_new and (t.stored).held_by & 1::smallint = 0::smallint as is_unheld,
           row(t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction, l.is_told)
             ::contact_sync_target as target
      from compared t
     cross join lateral (
             select case
                      when not t.is_new then t.linked_user_id is distinct from (t.stored).linked_user_id or t.was_erased
                      when t.linked_user_id is null then false
                      -- A cursor of an empty book tells all that it begins with.
                      else exists (select from contact_sync_status s where s.owner_id = t.owner_id and s.contacts_count > 0)
                    end as is_told
             offset 0
           ) as l
     order by t.position
  )
  select count(*) filter (where j.linked_user_id is not null),
         pg_catalog.array_agg(j.target) filter (where j.is_new),
         pg_catalog.array_agg(j.target) filter (where j.is_changed),
         pg_catalog.array_agg(distinct j.owner_id) filter (where j.is_told),
         pg_catalog.array_agg(j.position::integer) filter (where j.is_unheld)
    into v_result.matched_contacts, v_new, v_changed, v_told_owners, v_unheld
    from judged j;

  v_result.contacts_inserted := coalesce(pg_catalog.cardinality(v_new), 0);
  v_result.contacts_updated := coalesce(pg_catalog.cardinality(v_changed), 0);
  v_result.contacts_unchanged :=
    v_result.total_processed - v_result.contacts_inserted - v_result.contacts_updated;
  v_result.contacts_removed := 0;
  v_result.duplicates := jsonb_array_length(p_contacts) - v_result.total_processed;
  v_result.batch_size := p_batch_size;
  v_result.matched_phone_hashes := '{}';
  v_result.matched_user_ids := '{}';
  v_result.matched_silent := '{}';

  if v_told_owners is not null then
    perform contact_sync_number_links(v_told_owners, false);
  end if;

  if v_result.contacts_inserted > 0 then
    perform contact_sync_count_stored(pg_catalog.array_agg(n.owner_id), pg_catalog.array_agg(n.added))
       from (select t.owner_id, count(*)::integer as added
               from pg_catalog.unnest(v_new) as t
              group by t.owner_id) as n;

    for v_first in 1 .. v_result.contacts_inserted by p_batch_size loop
      insert into contacts_with_accounts (
        owner_id, phone_key, linked_user_id, link_given, is_favorite, last_interaction,
        created_at, link_number)
      select t.owner_id, t.phone_key, t.linked_user_id, t.link_given, t.is_favorite, t.last_interaction,
             v_now,
             case when t.is_told then contact_sync_told_number(t.owner_id, t.phone_key) end
        from pg_catalog.unnest(v_new[v_first : v_first + p_batch_size - 1]) as t;
    end loop;
    if exists (select from contact_sync_kept_choices) then
      perform contact_sync_restore_choices(
        pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(t.phone_key), pg_catalog.array_agg(w.is_favorite))
         from pg_catalog.unnest(v_new) as t
         join unnest(v_owner_ids, v_phone_keys, v_favorites) as w (owner_id, phone_key, is_favorite)
           on w.owner_id = t.owner_id and w.phone_key = t.phone_key;
    end if;
  end if;

  if v_result.contacts_updated > 0 and v_told_owners is not null and contact_sync_has_outbox() then
    perform contact_sync_announce(
      pg_catalog.array_agg(t.owner_id), pg_catalog.array_agg(t.phone_key), pg_catalog.array_agg(t.linked_user_id))
       from pg_catalog.unnest(v_changed) as t;
  end if;

  for v_first in 1 .. v_result.contacts_updated by p_batch_size loop
    update contacts_with_accounts c
       set linked_user_id = t.linked_user_id,
           link_given = t.link_given,
           is_favorite = t.is_favorite,
           last_interaction = t.last_interaction,
           link_number = case
                           when t.is_told then contact_sync_told_number(t.owner_id, t.phone_key)
                           else c.link_number
                         end,
           updated_at = v_now
      from pg_catalog.unnest(v_changed[v_first : v_first + p_batch_size - 1]) as t
     where c.owner_id = t.owner_id
       and c.phone_key = t.phone_key;
  end loop;

  for v_first in 1 .. coalesce(pg_catalog.cardinality(v_unheld), 0) by p_batch_size loop
    update contacts_with_accounts c
       set held_by = c.held_by | 1::smallint
      from pg_catalog.unnest(v_unheld[v_first : v_first + p_batch_size - 1]) as u (position)
     where c.owner_id = v_owner_ids[u.position]
       and c.phone_key = v_phone_keys[u.position];
  end loop;

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
language sql stable
set search_path from current
set jit = off
as $$
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
   order by c.sync_date desc nulls last
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


-- Turns runs into daily totals: those of one owner, or those that started
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
  v_folded integer;
begin
  with folded as (
    delete from contact_sync_runs r
     where (p_owner_id is null or r.owner_id = p_owner_id)
       and (p_before is null or r.started_at < p_before)
    returning r.*
  ), added as (
    insert into contact_sync_daily_totals as t (
      sync_date, total_syncs, completed_syncs, failed_syncs,
      device_contacts_count, synced_contacts_count,
      contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
      matched_contacts_count, processing_time_ms, max_processing_time_ms)
    select (f.started_at at time zone 'UTC')::date,
           count(*),
           count(*) filter (where f.sync_status = 'completed'),
           count(*) filter (where f.sync_status = 'failed'),
           coalesce(sum(f.device_contacts_count) filter (where f.sync_status = 'completed'), 0),
           sum(f.synced_contacts_count),
           sum(f.contacts_inserted), sum(f.contacts_updated),
           sum(f.contacts_unchanged), sum(f.contacts_removed),
           sum(f.matched_contacts_count),
           coalesce(sum(f.processing_time_ms) filter (where f.sync_status = 'completed'), 0),
           coalesce(max(f.processing_time_ms) filter (where f.sync_status = 'completed'), 0)
      from folded f
     group by 1
     order by 1 -- so that two folds don't wait for each other
        on conflict (sync_date) do update
       set total_syncs            = t.total_syncs            + excluded.total_syncs,
           completed_syncs        = t.completed_syncs        + excluded.completed_syncs,
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
  )
  select count(*)
    into v_folded
    from folded;
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
begin
  with dropped as (
    delete from contact_sync_sessions e
     where e.last_part_at < now() - interval '1 day'
       and (p_owner_id is null or e.owner_id = p_owner_id)
    returning e.owner_id, e.session_id
  )
  delete from contact_sync_session_parts p
   using dropped d
   where p.owner_id = d.owner_id
     and p.session_id = d.session_id;
end
$$;


-- Folds runs that are older than p_keep into daily totals, which the
-- statistics still show, and drops what abandoned streams and sessions staged,
-- choices that were kept long enough, which answers were kept and which erasures
-- were settled more than a day ago, and messages for the webhook that are older
-- than 30 days. Returns the number of runs folded. For service_role, or pg_cron.
create function clean_up_contact_sync(p_keep interval default interval '90 days')
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_keep is not null, 'p_keep');
  if p_keep < interval '0' then
    raise exception using
      errcode = 'YC001',
      message = pg_catalog.format('INVALID_ARGUMENT: p_keep is %s; it must be 0 or longer', p_keep),
      hint = 'Say how far back runs are kept, for example ''90 days''.';
  end if;
  perform contact_sync_drop_streams(null::uuid);
  perform contact_sync_drop_sessions(null::uuid);
  delete from contact_sync_kept_choices k
   where k.removed_at < now() - set_choice_retention(null::integer)::float8 * interval '1 day';
  delete from contact_sync_answers a
   where a.created_at < now() - interval '1 day';
  delete from contact_sync_erasures e
   where e.is_settled
     and e.erased_at < now() - interval '1 day';
  delete from contact_sync_outbox o
   where o.changed_at < now() - interval '30 days';
  return contact_sync_fold(null::uuid, now() - p_keep);
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
