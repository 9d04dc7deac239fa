-- 018_sync_what_changed.sql
-- Devices, deltas, changes of links, and syncs that come in parts.
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


-- Whose link changed: the hashes (in a sealed database the keys) with the user
-- that the directory confirms now, or NULL, and whether that came about without a
-- notification; three arrays in parallel. changes_cursor is where the next call
-- goes on; has_more says that it would have something. is_reset: what was known
-- before counts for nothing, whoever is not listed from here on has no account.
create type contact_sync_changes as (
  changed_phone_hashes text[],
  changed_user_ids     uuid[],
  changed_silent       boolean[],
  changes_cursor       text,
  has_more             boolean,
  is_reset             boolean
);


-- What a delta did, and what changed since the one before.
create type contact_sync_delta_result as (
  result  contact_sync_result,
  changes contact_sync_changes
);


-- What list_contact_changes() says. At most p_limit contacts.
--
-- A cursor is good if its mark is one that this owner's history has kept, and
-- nothing after it asks everybody to begin anew. Any
-- other one is from a history that a restored backup has cut off, or too old to
-- tell: then the answer is a reset, that is a list of all contacts who are linked
-- or were, in key order. It takes a few pages at most, and is right for any
-- cursor; so none ever expires.
--
-- Nothing changed is one look at the owner's row.
create function contact_sync_read_changes(
  p_owner_id uuid,
  p_cursor   text,
  p_limit    integer)
returns contact_sync_changes
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
declare
  c_last_key constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  v_parts    text[];
  v_is_ours  boolean;
  v_mark     bigint;
  v_number   bigint;
  v_key      uuid;
  v_is_reset boolean;
  v_place    integer;
  v_present  bigint;
  v_begin_at bigint;
  v_is_empty boolean;
  v_key_no   text;
  v_marks    bigint[];
  v_keys     uuid[];
  v_numbers  bigint[];
  v_changes  contact_sync_changes;
begin
  -- Each part by itself: one pattern for all of them takes ten times as long as
  -- everything else of an answer without changes.
  v_parts := string_to_array(p_cursor, '.');
  v_is_ours := coalesce(
    pg_catalog.cardinality(v_parts) = 5
    and v_parts[1] = '1'
    and length(v_parts[2]) <= 20 and v_parts[2] ~ '^-?[0-9]+$'
    and length(v_parts[3]) <= 18 and v_parts[3] ~ '^[0-9]+$'
    and (v_parts[4] = '' or length(v_parts[4]) = 32 and v_parts[4] ~ '^[0-9a-f]+$')
    and v_parts[5] in ('c', 'r'), false);
  if v_is_ours then
    begin
      v_mark := v_parts[2]::bigint;
    exception
      when numeric_value_out_of_range then
        v_is_ours := false;
    end;
  end if;
  if not v_is_ours then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: the cursor is not one of list_contact_changes()',
      hint = 'Begin again without a cursor.';
  end if;
  v_number := v_parts[3]::bigint;
  v_key := nullif(v_parts[4], '')::uuid;
  v_is_reset := v_parts[5] = 'r';

  select s.link_number, s.links_begin_at, s.link_marks, s.contacts_count = 0, s.key_number::text
    into v_present, v_begin_at, v_marks, v_is_empty, v_key_no
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  -- as contact_sync_check_book_key(), of the row that is at hand
  if v_key_no <> nullif(nullif(current_setting('contact_sync.key_number', true), ''), 'any') then
    perform contact_sync_refuse_key();
  end if;
  v_present := coalesce(v_present, 0);
  v_is_empty := coalesce(v_is_empty, true);

  v_changes.changed_phone_hashes := '{}';
  v_changes.changed_user_ids := '{}';
  v_changes.changed_silent := '{}';
  v_changes.has_more := false;
  v_changes.is_reset := false;

  if v_is_reset and v_key is null then
    -- From an empty book: whatever there is by now has come since.
    if v_is_empty then
      v_changes.changes_cursor := p_cursor;
      return v_changes;
    end if;
    v_number := v_present;
  else
    v_place := pg_catalog.array_position(v_marks, v_mark);
    if v_place is null
       or v_number > v_present - 2 * (v_place - 1) -- the number at the moment of the mark
       or v_number < v_begin_at
    then
      v_changes.is_reset := true;
      v_is_reset := true;
      v_key := null;
      v_number := v_present;
    elsif not v_is_reset and v_number = v_present and v_key is null then
      v_changes.changes_cursor := p_cursor;
      return v_changes;
    end if;
  end if;

  if v_is_reset then
    select pg_catalog.array_agg(c.phone_key order by c.phone_key)
      into v_keys
      from (select l.phone_key
              from contacts_with_accounts l
             where l.owner_id = p_owner_id
               and l.phone_key >= coalesce(v_key, '00000000-0000-0000-0000-000000000000'::uuid)
               and l.phone_key is distinct from v_key
               and (l.linked_user_id is not null or l.link_number is not null)
             order by l.phone_key
             limit p_limit + 1) as c;
  else
    select pg_catalog.array_agg(c.phone_key   order by c.link_number, c.phone_key),
           pg_catalog.array_agg(c.link_number order by c.link_number, c.phone_key)
      into v_keys, v_numbers
      from (select l.phone_key, l.link_number
              from contacts_with_accounts l
             where l.owner_id = p_owner_id
               and l.link_number is not null
               -- a number is even, or odd where it was silent
               and (l.link_number, l.phone_key) > (v_number + case when v_key is null then 1 else 0 end,
                                                   coalesce(v_key, c_last_key))
             order by l.link_number, l.phone_key
             limit p_limit + 1) as c;
  end if;

  v_changes.has_more := coalesce(pg_catalog.cardinality(v_keys), 0) > p_limit;
  v_keys := v_keys[1 : p_limit];
  select coalesce(pg_catalog.array_agg(replace(k.phone_key::text, '-', '') order by k.place), '{}'),
         coalesce(pg_catalog.array_agg(c.linked_user_id order by k.place), '{}'),
         coalesce(pg_catalog.array_agg(
           case
             -- Nobody is gone silently: who hides would be told from who left.
             when c.linked_user_id is null  then false
             when c.link_number is not null then c.link_number % 2::bigint = 1::bigint
             -- of a reset: not changed since the book began
             else exists (select from phones d where d.phone_key = c.phone_key and d.is_silent)
           end
           order by k.place), '{}')
    into v_changes.changed_phone_hashes, v_changes.changed_user_ids, v_changes.changed_silent
    from pg_catalog.unnest(v_keys) with ordinality as k (phone_key, place)
    join contact_sync_confirmed_contacts c on c.owner_id = p_owner_id and c.phone_key = k.phone_key;

  -- All that was read is of the history as it is now, so the newest mark stands for it.
  v_mark := coalesce(v_marks[1], 0);
  v_changes.changes_cursor :=
    case
      when v_changes.has_more and v_is_reset then contact_sync_cursor(v_mark, v_number, v_keys[p_limit], true)
      when v_changes.has_more then contact_sync_cursor(v_mark, v_numbers[p_limit], v_keys[p_limit], false)
      else contact_sync_cursor(v_mark, case when v_is_reset then v_number else v_present end, null::uuid, v_is_empty)
    end;
  -- What changed while the list was read comes behind it.
  v_changes.has_more := v_changes.has_more or v_is_reset and v_number < v_present;
  return v_changes;
end
$$;


-- Whose link changed since a cursor, each contact once, with the user that the
-- directory confirms now, or NULL; at most p_limit (1 to 1,000). Without a cursor:
-- none, and a cursor at the present. is_reset: whoever follows begins anew with
-- this answer, since what changed can't be told one by one.
--
-- Whoever has read a book with list_contacts() after taking a cursor, and then
-- applies what this says, knows in the end what list_contacts() says.
-- For the owner and service_role.
create function list_contact_changes(
  p_owner_id uuid,
  p_cursor   text    default null,
  p_limit    integer default 1000)
returns contact_sync_changes
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_changes contact_sync_changes;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_list_contact_changes(p_owner_id, p_cursor, p_limit);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_range(p_limit, 1, 1000, 'p_limit',
                                   'Ask for the rest with the cursor of the answer.');
  v_changes := contact_sync_read_changes(
    p_owner_id, coalesce(p_cursor, contact_sync_present_cursor(p_owner_id)), p_limit);
  return v_changes;
end
$$;


-- list_contact_changes() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_contact_changes(
  p_owner_id uuid,
  p_cursor   text,
  p_limit    integer)
returns contact_sync_changes
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return list_contact_changes(p_owner_id, p_cursor, p_limit);
end
$$;


-- The devices an owner syncs from, the one heard of last first, and how many
-- contacts each holds.
-- For the owner and service_role.
create function list_sync_devices(
  p_owner_id uuid,
  out device_id      text,
  out created_at     timestamptz,
  out last_seen_at   timestamptz,
  out contacts_count integer)
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
  if not contact_sync_is_trusted_caller() then
    return query select o.* from contact_sync_own_list_sync_devices(p_owner_id) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  return query
    with held as materialized (
      select c.held_by, count(*) as contacts
        from contacts_with_accounts c
       where c.owner_id = p_owner_id
       group by c.held_by
    )
    select d.device_id, d.created_at, d.last_seen_at,
           coalesce((select sum(h.contacts)
                       from held h
                      where h.held_by::integer & (1 << d.slot::integer) <> 0), 0)::integer
      from contact_sync_devices d
     where d.owner_id = p_owner_id
     order by d.last_seen_at desc, d.device_id;
end
$$;


-- list_sync_devices() for a signed-in user, of their own devices alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_sync_devices(
  p_owner_id uuid,
  out device_id      text,
  out created_at     timestamptz,
  out last_seen_at   timestamptz,
  out contacts_count integer)
returns setof record
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return query select d.* from list_sync_devices(p_owner_id) as d;
end
$$;


-- The work of forget_sync_device(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_drop_device(
  p_owner_id   uuid,
  p_device_id  text,
  p_key_number text)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_slot      smallint;
  v_ended_ids uuid[];
  v_removed   integer;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_lock_owners(array[p_owner_id]);
  select d.slot
    into v_slot
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  if not found then
    perform contact_sync_drop_new_owner(p_owner_id);
    return null;
  end if;
  v_ended_ids := array(
    select e.session_id
      from contact_sync_sessions e
     where e.owner_id = p_owner_id
       and e.device_id = p_device_id);
  perform contact_sync_end_session(p_owner_id, e.session_id)
     from pg_catalog.unnest(v_ended_ids) as e (session_id);
  v_removed := contact_sync_clear_slot(p_owner_id, v_slot);
  delete from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  return v_removed;
end
$$;


-- Forgets a device with its set and a session of it that was not committed: contacts that nothing else holds leave the book.
-- Returns how many those were; NULL when the owner has no such device.
-- For the owner and service_role.
create function forget_sync_device(p_owner_id uuid, p_device_id text)
returns integer
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_removed    integer;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_forget_sync_device(p_owner_id, p_device_id);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_device_id is not null, 'p_device_id');

  perform contact_sync_choose_place(p_owner_id);
  select s.removed into v_removed from contact_sync_drop_device(p_owner_id, p_device_id, v_key_number) as s (removed);
  return v_removed;
end
$$;


-- forget_sync_device() for a signed-in user, of their own devices alone.
-- For every signed-in user and service_role.
create function contact_sync_own_forget_sync_device(p_owner_id uuid, p_device_id text)
returns integer
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return forget_sync_device(p_owner_id, p_device_id);
end
$$;


-- All phone keys that a device holds, 16 bytes each, in key order: what the server
-- makes the digest of. NULL when the device's mark is another by now.
-- For service_role.
create function contact_sync_device_keys(
  p_owner_id  uuid,
  p_device_id text,
  p_sync_mark uuid)
returns bytea
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
declare
  v_bit smallint;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_device_id is not null, 'p_device_id');
  perform contact_sync_require(p_sync_mark is not null, 'p_sync_mark');
  select (1 << d.slot::integer)::smallint
    into v_bit
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id
     and d.sync_mark = p_sync_mark;
  if not found then
    return null;
  end if;
  return coalesce((select string_agg(uuid_send(h.phone_key), ''::bytea order by h.phone_key)
                     from (select c.phone_key
                             from contacts_with_accounts c
                            where c.owner_id = p_owner_id
                              and c.held_by & v_bit <> 0::smallint
                            order by c.phone_key) as h), ''::bytea);
end
$$;


-- The mark after a delta: made of the mark before and what the delta names, so
-- that the same delta makes the same mark, and another one another. The keys are
-- sorted and distinct.
create function contact_sync_mark_after(
  p_sync_mark uuid,
  p_added     uuid[],
  p_removed   uuid[])
returns uuid
language plpgsql immutable
set search_path from current
as $$
begin
  return encode(substr(sha256(
    uuid_send(p_sync_mark)
    || int4send(pg_catalog.cardinality(p_added))
    || coalesce((select string_agg(uuid_send(a.phone_key), ''::bytea order by a.phone_key)
                   from pg_catalog.unnest(p_added) as a (phone_key)), ''::bytea)
    || coalesce((select string_agg(uuid_send(r.phone_key), ''::bytea order by r.phone_key)
                   from pg_catalog.unnest(p_removed) as r (phone_key)), ''::bytea)), 1, 16), 'hex')::uuid;
end
$$;


-- Raises that a device's mark is another than the one it goes on from.
create function contact_sync_token_expired()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC030',
    message = 'SYNC_TOKEN_EXPIRED: the device''s contacts have changed since, or nothing is known of the device',
    hint = 'Nothing was changed. Send a full sync.';
end
$$;


-- What sync_phone_keys_delta() does where something was added or removed
-- (contact_sync_choose_place()). The keys are sorted and distinct; p_duplicates is how
-- many of the received those were not.
create function contact_sync_apply_delta(
  p_owner_id              uuid,
  p_device_id             text,
  p_sync_mark             uuid,
  p_added                 uuid[],
  p_removed               uuid[],
  p_duplicates            integer,
  p_changes_cursor        text,
  p_confirm_removal       boolean,
  p_budget                boolean,
  p_device_contacts_count integer,
  p_signs                 jsonb,
  p_key_number            text)
returns contact_sync_delta_result
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
  v_started_at constant timestamptz := clock_timestamp();
  v_batch_size constant integer := 500;
  v_slot       smallint;
  v_bit        smallint;
  v_mark       uuid;
  v_next_mark  uuid;
  v_counts     integer[];
  v_stored     integer;
  v_held       uuid[];
  v_gone       uuid[];
  v_removed    integer := 0;
  v_changes    contact_sync_changes;
  v_result     contact_sync_result;
begin
  if p_added operator(pg_catalog.&&) p_removed then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: a number is among the added and among the removed',
      hint = 'Nothing was changed. Say what is so in the end.';
  end if;
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  select d.slot, d.sync_mark, array[d.delta_inserted, d.delta_updated, d.delta_removed]
    into v_slot, v_mark, v_counts
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  v_next_mark := contact_sync_mark_after(p_sync_mark, p_added, p_removed);
  if v_mark is distinct from p_sync_mark and v_mark is distinct from v_next_mark then
    perform contact_sync_token_expired();
  end if;
  v_bit := (1 << v_slot::integer)::smallint;
  v_changes := contact_sync_read_changes(p_owner_id, p_changes_cursor, 1000);

  if v_mark = p_sync_mark then
    -- Is the set what the device says it was?
    select coalesce(pg_catalog.array_agg(c.phone_key order by c.phone_key), '{}'),
           coalesce(pg_catalog.array_agg(c.phone_key order by c.phone_key) filter (where c.held_by = v_bit), '{}')
      into v_held, v_gone
      from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.phone_key = any (p_removed)
       and c.held_by & v_bit <> 0::smallint;
    -- A number that was forgotten is in no book, and the device need not know.
    if pg_catalog.cardinality(v_held) <> pg_catalog.cardinality(p_removed)
       and exists (select 1
                     from (select pg_catalog.unnest(p_removed) except select pg_catalog.unnest(v_held)) as m (phone_key)
                    where not exists (select 1
                                        from phones d
                                       where d.phone_key = m.phone_key
                                         and d.linked_user_id is null
                                       limit 1)
                    limit 1)
       or exists (select 1
                    from contacts_with_accounts c
                   where c.owner_id = p_owner_id
                     and c.phone_key = any (p_added)
                     and c.held_by & v_bit <> 0::smallint
                   limit 1)
    then
      raise exception using
        errcode = 'YC031',
        message = 'SYNC_DIGEST_MISMATCH: the device holds other contacts than it says',
        hint = 'Nothing was changed. Send a full sync.';
    end if;

    if pg_catalog.cardinality(p_removed) > 0 then
      select s.contacts_count
        into v_stored
        from contact_sync_status s
       where s.owner_id = p_owner_id;
      perform contact_sync_guard_added(p_owner_id, v_gone, v_stored, p_confirm_removal, null::uuid);
    end if;
  end if;

  -- First remove, so that a full book has room.
  if v_mark = p_sync_mark then
    v_removed := contact_sync_release_contacts(p_owner_id, v_slot, v_held, v_gone);
  end if;
  v_result := contact_sync_merge(
    p_owner_id, p_added, v_batch_size, p_budget, null::uuid, v_bit,
    case when v_removed > 0 then contact_sync_with_removed(p_signs, v_removed) else p_signs end);
  if v_mark = p_sync_mark then
    v_result.contacts_removed := v_removed;
    update contact_sync_devices d
       set sync_mark = v_next_mark,
           delta_inserted = v_result.contacts_inserted,
           delta_updated = v_result.contacts_updated,
           delta_removed = v_result.contacts_removed,
           last_seen_at = v_started_at
     where d.owner_id = p_owner_id
       and d.device_id = p_device_id;
  else
    -- The answer was lost, and is given again.
    v_result.contacts_inserted := v_counts[1];
    v_result.contacts_updated := v_counts[2];
    v_result.contacts_unchanged := v_result.total_processed - v_counts[1] - v_counts[2];
    v_result.contacts_removed := v_counts[3];
  end if;

  -- What this call itself has changed, the device knows.
  if not v_changes.has_more then
    v_changes.changes_cursor := contact_sync_present_cursor(p_owner_id);
  end if;
  v_result.sync_mark := v_next_mark;
  v_result.changes_cursor := v_changes.changes_cursor;
  v_result.duplicates := p_duplicates;
  v_result.batch_size := v_batch_size;
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  if v_mark = p_sync_mark then
    perform contact_sync_record_run(p_owner_id, v_started_at, 'delta', p_device_contacts_count, v_result);
  end if;
  return row(v_result, v_changes)::contact_sync_delta_result;
end
$$;


-- A delta that adds and removes nothing: is the device's mark still the present one,
-- and whose link has changed? sync_phone_keys_delta() does this, and the library
-- calls it at once, because nearly every sync is one: two rows are looked at, by
-- their keys, and nothing is locked, or written but once a day that the device was
-- seen. changes is NULL where there are none, and the rest then says that all is as
-- it was. For service_role.
create function contact_sync_unchanged_delta(
  p_owner_id       uuid,
  p_device_id      text,
  p_sync_mark      uuid,
  p_changes_cursor text,
  out changes_cursor text,
  out changes        contact_sync_changes)
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
  v_mark     uuid;
  v_seen_at  timestamptz;
  v_key_no   text;
begin
  select d.sync_mark, d.last_seen_at, s.key_number::text,
         contact_sync_cursor(s.link_marks[1], s.link_number, null::uuid, s.contacts_count = 0)
    into v_mark, v_seen_at, v_key_no, changes_cursor
    from contact_sync_devices d
    join contact_sync_status s on s.owner_id = d.owner_id
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  -- as contact_sync_check_book_key(), of the row that is at hand
  if v_key_no <> nullif(nullif(current_setting('contact_sync.key_number', true), ''), 'any') then
    perform contact_sync_refuse_key();
  end if;
  if v_mark is distinct from p_sync_mark then
    perform contact_sync_token_expired();
  end if;
  if changes_cursor is distinct from p_changes_cursor then
    changes := contact_sync_read_changes(p_owner_id, p_changes_cursor, 1000);
    changes_cursor := changes.changes_cursor;
  end if;

  -- Only if nobody has the row.
  if v_seen_at < now() - interval '1 day' then
    update contact_sync_devices d
       set last_seen_at = now()
     where d.owner_id = p_owner_id
       and d.device_id = (select f.device_id
                            from contact_sync_devices f
                           where f.owner_id = p_owner_id
                             and f.device_id = p_device_id
                             and f.sync_mark = p_sync_mark
                             for update skip locked);
  end if;
end
$$;


-- Syncs what changed on a device since its last sync: p_added are numbers new to its
-- set, p_removed those gone from it, at most 10,000 of both together. p_sync_mark and
-- p_changes_cursor are what the last answer gave; the answer says what was done
-- (the counts are of the added), and whose link changed meanwhile, at most 1,000.
--
-- The same delta again, whose answer was lost, is answered again and writes nothing.
-- Any other mark than the present one changes nothing: SYNC_TOKEN_EXPIRED, and so
-- does a set that is not what the device says: SYNC_DIGEST_MISMATCH. The cure of both
-- is a full sync. Nothing added or removed: nothing is locked or written (but once a
-- day that the device was seen), and it takes as long for any book. Guarded and
-- charged like any sync. p_device_contacts_count is what the device has in all, for
-- the owner's status; NULL leaves what is known. p_signs is what it is in
-- sync_phone_keys(). For service_role.
create function sync_phone_keys_delta(
  p_owner_id              uuid,
  p_device_id             text,
  p_sync_mark             uuid,
  p_added                 uuid[],
  p_removed               uuid[],
  p_changes_cursor        text,
  p_confirm_removal       boolean default false,
  p_budget                boolean default true,
  p_device_contacts_count integer default null,
  p_signs                 jsonb   default null)
returns contact_sync_delta_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now        constant timestamptz := clock_timestamp();
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_added      uuid[];
  v_removed    uuid[];
  v_applied    contact_sync_delta_result;
  v_result     contact_sync_result;
  v_changes    contact_sync_changes;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_sync_mark is not null, 'p_sync_mark');
  perform contact_sync_require(p_changes_cursor is not null, 'p_changes_cursor');
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_device_id(p_device_id);
  perform contact_sync_read_signs(p_signs);
  v_added := contact_sync_distinct_keys(p_added);
  v_removed := contact_sync_distinct_keys(p_removed);
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_added) + pg_catalog.cardinality(p_removed));

  if pg_catalog.cardinality(v_added) + pg_catalog.cardinality(v_removed) > 0 then
    perform contact_sync_choose_place(p_owner_id);
    select s.*
      into v_applied
      from contact_sync_apply_delta(
             p_owner_id, p_device_id, p_sync_mark, v_added, v_removed,
             pg_catalog.cardinality(p_added) + pg_catalog.cardinality(p_removed)
               - pg_catalog.cardinality(v_added) - pg_catalog.cardinality(v_removed),
             p_changes_cursor, p_confirm_removal, p_budget, p_device_contacts_count, p_signs, v_key_number) as s;
    return v_applied;
  end if;

  v_changes := (
    select coalesce(u.changes, row('{}', '{}', '{}', u.changes_cursor, false, false)::contact_sync_changes)
      from contact_sync_unchanged_delta(p_owner_id, p_device_id, p_sync_mark, p_changes_cursor) as u);
  v_result := row(0, 0, 0, 0, contact_sync_milliseconds_since(v_now), 1, 0, 0, 0, '{}', '{}',
                  null, null, null, p_sync_mark, v_changes.changes_cursor, '{}')::contact_sync_result;
  return row(v_result, v_changes)::contact_sync_delta_result;
end
$$;


-- sync_user_contacts() for a device: 'replace' is the device's snapshot and removes
-- contacts that nothing else holds, 'merge' adds to its set. What the result says of
-- sync_mark and changes_cursor is what the device's next sync_device_delta() begins
-- with. A signed-in user may call it for themself in a database recorded as
-- unsealed.
-- For the owner and service_role.
create function sync_device_contacts(
  p_owner_id              uuid,
  p_device_id             text,
  p_phone_hashes          text[],
  p_device_contacts_count integer,
  p_batch_size            integer default 500,
  p_mode                  text    default 'replace',
  p_confirm_removal       boolean default false)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_sync_device_contacts(
      p_owner_id, p_device_id, p_phone_hashes, p_device_contacts_count, p_batch_size, p_mode, p_confirm_removal);
  end if;
  perform contact_sync_check_device_id(p_device_id);
  perform contact_sync_require(p_phone_hashes is not null, 'p_phone_hashes');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_hashes));
  return sync_phone_keys(
    p_owner_id, contact_sync_parse_hashes(p_phone_hashes), p_device_contacts_count,
    p_batch_size, p_mode, p_confirm_removal, true, p_device_id, null::jsonb);
end
$$;


-- sync_device_contacts() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_sync_device_contacts(
  p_owner_id              uuid,
  p_device_id             text,
  p_phone_hashes          text[],
  p_device_contacts_count integer,
  p_batch_size            integer,
  p_mode                  text,
  p_confirm_removal       boolean)
returns contact_sync_result
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  perform contact_sync_require_unsealed();
  return sync_device_contacts(
    p_owner_id, p_device_id, p_phone_hashes, p_device_contacts_count, p_batch_size, p_mode, p_confirm_removal);
end
$$;


-- What changed on a device since its last sync, by phone hashes: those new to its set
-- and those gone from it, at most 10,000 of both together. p_sync_mark and
-- p_changes_cursor (NULL: nothing is asked about changes) are what its last sync gave;
-- what it is answered goes into the next. SYNC_TOKEN_EXPIRED and SYNC_DIGEST_MISMATCH
-- change nothing; the cure of both is sync_device_contacts(). Sent again with the same
-- mark, it is answered again. A signed-in user may call it for themself in a database
-- recorded as unsealed.
-- For the owner and service_role.
create function sync_device_delta(
  p_owner_id        uuid,
  p_device_id       text,
  p_sync_mark       uuid,
  p_added           text[],
  p_removed         text[],
  p_changes_cursor  text    default null,
  p_confirm_removal boolean default false)
returns contact_sync_delta_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_sync_device_delta(
      p_owner_id, p_device_id, p_sync_mark, p_added, p_removed, p_changes_cursor, p_confirm_removal);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_added is not null, 'p_added');
  perform contact_sync_require(p_removed is not null, 'p_removed');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_added) + pg_catalog.cardinality(p_removed));
  return sync_phone_keys_delta(
    p_owner_id, p_device_id, p_sync_mark,
    contact_sync_parse_hashes(p_added), contact_sync_parse_hashes(p_removed),
    coalesce(p_changes_cursor, contact_sync_present_cursor(p_owner_id)),
    p_confirm_removal, true, null::integer, null::jsonb);
end
$$;


-- sync_device_delta() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_sync_device_delta(
  p_owner_id        uuid,
  p_device_id       text,
  p_sync_mark       uuid,
  p_added           text[],
  p_removed         text[],
  p_changes_cursor  text,
  p_confirm_removal boolean)
returns contact_sync_delta_result
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  perform contact_sync_require_unsealed();
  return sync_device_delta(
    p_owner_id, p_device_id, p_sync_mark, p_added, p_removed, p_changes_cursor, p_confirm_removal);
end
$$;


-- Raises that a session is unknown: it was committed, replaced by another of the
-- same device, or dropped when no part had come for a day.
create function contact_sync_session_missing()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC032',
    message = 'SESSION_NOT_FOUND: the owner has no such session',
    hint = 'It was committed, or no part came for a day, or the device has begun another. Begin a new one.';
end
$$;


-- Deletes a session with its parts: first its row, which waits for a part that is
-- being staged, so that it goes with the others. The caller holds the owner's lock.
create function contact_sync_end_session(p_owner_id uuid, p_session_id uuid)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  delete from contact_sync_sessions e
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id;
  delete from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
end
$$;


-- The work of contact_sync_begin_session(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_open_session(
  p_owner_id              uuid,
  p_device_id             text,
  p_mode                  text,
  p_device_contacts_count integer,
  p_key_number            text)
returns uuid
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
  v_session_id constant uuid := gen_random_uuid();
  v_ended_ids  uuid[];
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_lock_owners(array[p_owner_id]);
  perform contact_sync_drop_sessions(p_owner_id);
  v_ended_ids := array(
    select o.session_id
      from (select e.session_id, e.device_id,
                   row_number() over (order by e.device_id = p_device_id, e.last_part_at desc) as place
              from contact_sync_sessions e
             where e.owner_id = p_owner_id) as o
     where o.device_id = p_device_id
        or o.place >= 4);
  perform contact_sync_end_session(p_owner_id, e.session_id)
     from pg_catalog.unnest(v_ended_ids) as e (session_id);

  insert into contact_sync_sessions (owner_id, session_id, device_id, sync_mode, device_contacts_count, last_part_at)
  values (p_owner_id, v_session_id, p_device_id, p_mode, p_device_contacts_count, clock_timestamp());
  return v_session_id;
end
$$;


-- Begins a sync of a device that comes in parts and takes effect all at once, and
-- returns its id. A session of the same device that was not committed is dropped,
-- and so is the oldest where the owner has four. For service_role.
create function contact_sync_begin_session(
  p_owner_id              uuid,
  p_device_id             text,
  p_mode                  text,
  p_device_contacts_count integer)
returns uuid
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_session_id uuid;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_device_id(p_device_id);
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_check_device_count(p_device_contacts_count);

  perform contact_sync_choose_place(p_owner_id);
  select s.id
    into v_session_id
    from contact_sync_open_session(p_owner_id, p_device_id, p_mode, p_device_contacts_count, v_key_number) as s (id);
  return v_session_id;
end
$$;


-- The work of contact_sync_stage_part(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_store_part(
  p_owner_id   uuid,
  p_session_id uuid,
  p_part       integer,
  p_phone_keys uuid[],
  p_budget     boolean,
  p_key_number text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_is_found boolean;
  v_staged   bigint;
  v_known    bigint;
  v_left     integer;
  -- Of how old the account is the commit knows; until then the larger budget counts.
  c_old      constant jsonb := '{"account_created_at": "1970-01-01T00:00:00Z"}';
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();

  -- The row is the session's lock as well.
  update contact_sync_sessions e
     set version = e.version + 1,
         last_part_at = now()
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id;
  v_is_found := found;
  -- First: a rotation drops the sessions of those whom it moves.
  perform contact_sync_check_book_key(p_owner_id);
  if not v_is_found then
    perform contact_sync_session_missing();
  end if;
  insert into contact_sync_session_parts as p (owner_id, session_id, part, phone_keys, part_size)
  values (p_owner_id, p_session_id, p_part, p_phone_keys, pg_catalog.cardinality(p_phone_keys))
      on conflict (owner_id, session_id, part) do update
     set phone_keys = excluded.phone_keys,
         part_size = excluded.part_size;

  select sum(p.part_size)
    into v_staged
    from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
  if v_staged > 1000000 then
    raise exception using
      errcode = 'YC003',
      message = pg_catalog.format('CONTACTS_LIMIT_EXCEEDED: at most 1000000 contacts a session, with this part it has %s', v_staged),
      detail = pg_catalog.json_build_object('limit', 1000000, 'received', v_staged)::text,
      hint = 'Nothing of this part was staged.';
  end if;

  if p_budget then
    -- Those that are stored, or were paid for, cost nothing.
    v_known := coalesce((select s.contacts_count from contact_sync_status s where s.owner_id = p_owner_id), 0)
             + (select count(*) from contact_sync_kept_choices k where k.owner_id = p_owner_id);
    v_left := (select b.budget_remaining from contact_sync_spend_budget(p_owner_id, 0, 0, c_old) as b);
    if v_staged > v_known + v_left then
      perform contact_sync_spend_budget(p_owner_id, (v_staged - v_known)::integer, 0, c_old);
    end if;
  end if;
end
$$;


-- Stages a part of a session, counted from 0, at most 10,000 numbers; one that
-- comes again takes the place of the first. Parts may come in any order. At most
-- 1,000,000 numbers a session. With p_budget, more than the owner's book and budget
-- have room for are refused at once, as the commit would refuse them: parts stand in
-- the order in which they came, and whoever reads a dump could make of that which
-- phone key is whose. For service_role.
create function contact_sync_stage_part(
  p_owner_id   uuid,
  p_session_id uuid,
  p_part       integer,
  p_phone_keys uuid[],
  p_budget     boolean default true)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_range(p_part, 0, 999999, 'p_part', 'Parts are counted from 0.');
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_store_part(p_owner_id, p_session_id, p_part, p_phone_keys, p_budget, v_key_number);
end
$$;


-- The work of contact_sync_session_keys(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_read_session(
  p_owner_id   uuid,
  p_session_id uuid,
  p_parts      integer,
  p_key_number text,
  out parts          integer,
  out missing_parts  integer[],
  out surplus_parts  integer[],
  out version    bigint,
  out phone_keys bytea,
  out device_id             text,
  out sync_mode             text,
  out device_contacts_count integer)
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  c_most_commits constant integer := 10;
  v_is_found     boolean;
begin
  perform contact_sync_take_key_number(p_key_number);
  update contact_sync_sessions e
     set commits_asked = e.commits_asked + 1
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id
     and e.commits_asked < c_most_commits
  returning e.version, e.device_id, e.sync_mode, e.device_contacts_count
    into version, device_id, sync_mode, device_contacts_count;
  v_is_found := found;
  -- First: a rotation drops the sessions of those whom it moves.
  perform contact_sync_check_book_key(p_owner_id);
  if not v_is_found then
    perform contact_sync_session_missing();
  end if;

  select count(*),
         array(select n.part
                 from generate_series(0, p_parts - 1) as n (part)
               except
               select p.part
                 from contact_sync_session_parts p
                where p.owner_id = p_owner_id
                  and p.session_id = p_session_id
                order by 1
                limit 100),
         array(select p.part
                 from contact_sync_session_parts p
                where p.owner_id = p_owner_id
                  and p.session_id = p_session_id
                  and p.part >= p_parts
                order by 1
                limit 100)
    into parts, missing_parts, surplus_parts
    from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
  if parts <> p_parts or pg_catalog.cardinality(missing_parts) > 0 then
    return;
  end if;

  select coalesce(string_agg(k.phone_keys, ''::bytea order by p.part), ''::bytea)
    into phone_keys
    from contact_sync_session_parts p
   cross join lateral (
           select string_agg(uuid_send(u.phone_key), ''::bytea order by u.place) as phone_keys
             from pg_catalog.unnest(p.phone_keys) with ordinality as u (phone_key, place)
         ) as k
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
end
$$;


-- What a session of p_parts has staged, for its commit: all phone keys, 16 bytes each,
-- in the parts' order, and the version that this is. Where parts are missing, or are
-- too many, it says which, up to 100 each, and reads nothing. The rest is as it was begun.
-- To read a million numbers takes seconds, so a session that is asked for the eleventh
-- time is dropped. For service_role.
create function contact_sync_session_keys(
  p_owner_id   uuid,
  p_session_id uuid,
  p_parts      integer,
  out parts          integer,
  out missing_parts  integer[],
  out surplus_parts  integer[],
  out version    bigint,
  out phone_keys bytea,
  out device_id             text,
  out sync_mode             text,
  out device_contacts_count integer)
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  perform contact_sync_check_range(p_parts, 0, 1000000, 'p_parts', 'It is how many parts were staged.');
  perform contact_sync_choose_place(p_owner_id);
  select s.parts, s.missing_parts, s.surplus_parts, s.version, s.phone_keys,
         s.device_id, s.sync_mode, s.device_contacts_count
    into parts, missing_parts, surplus_parts, version, phone_keys, device_id, sync_mode, device_contacts_count
    from contact_sync_read_session(p_owner_id, p_session_id, p_parts, v_key_number) as s;
end
$$;


-- The work of contact_sync_commit_session(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_store_session(
  p_owner_id        uuid,
  p_session_id      uuid,
  p_version         bigint,
  p_batch_size      integer,
  p_confirm_removal boolean,
  p_budget          boolean,
  p_signs           jsonb,
  p_key_number      text)
returns contact_sync_result
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
  v_started_at constant timestamptz := clock_timestamp();
  v_device_id  text;
  v_mode       text;
  v_count      integer;
  v_version    bigint;
  v_received   integer;
  v_wanted     uuid[];
  v_result     contact_sync_result;
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);
  select e.device_id, e.sync_mode, e.device_contacts_count, e.version
    into v_device_id, v_mode, v_count, v_version
    from contact_sync_sessions e
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id
     for update;
  if not found then
    perform contact_sync_session_missing();
  end if;
  if v_version <> p_version then
    raise exception using
      errcode = 'YC033',
      message = 'SESSION_CHANGED: parts were staged while the session was being committed',
      hint = 'Nothing was changed. Commit again when all parts are staged.';
  end if;
  v_wanted := array(select distinct u.phone_key
                      from contact_sync_session_parts p
                     cross join lateral pg_catalog.unnest(p.phone_keys) as u (phone_key)
                     where p.owner_id = p_owner_id
                       and p.session_id = p_session_id
                     order by 1);
  select coalesce(sum(p.part_size), 0)
    into v_received
    from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;

  v_result := contact_sync_apply(
    p_owner_id, v_wanted, p_batch_size, v_mode, p_confirm_removal, p_budget, v_device_id, p_signs);
  perform contact_sync_end_session(p_owner_id, p_session_id);

  v_result.duplicates := v_received - pg_catalog.cardinality(v_wanted);
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(p_owner_id, v_started_at, v_mode, v_count, v_result);
  return v_result;
end
$$;


-- Commits a session, if p_version is what it has staged: one transaction, of which
-- nothing shows before. What sync_phone_keys() does for a device, for a book of up
-- to 1,000,000. duplicates are those among the staged; p_signs is what it is in
-- sync_phone_keys(). For service_role.
create function contact_sync_commit_session(
  p_owner_id        uuid,
  p_session_id      uuid,
  p_version         bigint,
  p_batch_size      integer,
  p_confirm_removal boolean,
  p_budget          boolean,
  p_signs           jsonb default null)
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
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  perform contact_sync_require(p_version is not null, 'p_version');
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_read_signs(p_signs);

  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_store_session(
           p_owner_id, p_session_id, p_version, p_batch_size, p_confirm_removal, p_budget, p_signs, v_key_number) as s;
  return v_result;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('018_sync_what_changed', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
