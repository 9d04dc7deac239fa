-- 022_honour_rights.sql
-- Forgetting numbers, what is kept for how long, and what is held about somebody.
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


-- Takes numbers that were forgotten (of p_phone_keys, or NULL: any) out of what is
-- kept beside the books: choices of owners who had removed them, and messages that
-- were to tell of a link or were set aside. Those that wait and tell that a link is gone
-- stay until they are delivered, as after an erasure. What somebody else has locked is
-- left: clean_up_contact_sync() comes back to it.
create function contact_sync_drop_forgotten(p_phone_keys uuid[])
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
  v_keys     uuid[];
  v_group    uuid[];
  v_messages uuid[];
begin
  select pg_catalog.array_agg(c.owner_id), pg_catalog.array_agg(c.phone_key)
    into v_owners, v_keys
    from phones d
    join contact_sync_kept_choices c on c.phone_key = d.phone_key
   where d.linked_user_id is null
     and (p_phone_keys is null or d.phone_key = any (p_phone_keys));
  if v_owners is not null then
    for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
      delete from contact_sync_kept_choices k
       using (select c.owner_id, c.phone_key
                from unnest(v_owners, v_keys) as t (owner_id, phone_key)
                join contact_sync_kept_choices c
                  on c.owner_id = t.owner_id
                 and c.phone_key = t.phone_key
                 and (v_group is null or c.owner_id = any (v_group))
                 for update of c skip locked) as f
       where k.owner_id = f.owner_id
         and k.phone_key = f.phone_key
         and (v_group is null or k.owner_id = any (v_group));
    end loop;
  end if;

  v_messages := array(
    select m.message_id
      from contact_sync_outbox m
      join phones d on d.phone_key = m.phone_key
     where d.linked_user_id is null
       and (p_phone_keys is null or d.phone_key = any (p_phone_keys))
       and (m.is_link or m.due_at is null));
  if pg_catalog.cardinality(v_messages) > 0 then
    delete from contact_sync_outbox o
     where o.message_id = any (array(
           select f.message_id
             from (select m.message_id
                     from contact_sync_outbox m
                    where m.message_id = any (v_messages)
                      and (m.is_link or m.due_at is null)
                      for update skip locked) as f));
  end if;
end
$$;


-- Forgets a number of somebody who has no account, once the app has verified that it
-- is theirs: it leaves every book by link_pending_phones(), and no sync stores it
-- again, until they join (link_phones(), by a verification that is newer) or lift it
-- (lift_forgotten_phone()). Of it remains its phone key, without a user.
--
-- True when it is newly forgotten. Forgotten again, it counts as forgotten now: a
-- verification from before does not bring it back. A number that belongs to a user is
-- an error. p_next_phone_key is the same number by the next key, as of link_phones().
-- For service_role.
create function forget_phone(
  p_phone_key      uuid,
  p_next_phone_key uuid default null)
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
  v_now timestamptz;
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_hold_seal();
  perform contact_sync_check_next_keys(
    array[p_phone_key], case when p_next_phone_key is not null then array[p_next_phone_key] end);
  loop
    v_now := clock_timestamp();
    insert into phones (phone_key, linked_user_id, verified_at)
    values (p_phone_key, null, v_now)
        on conflict (phone_key) do nothing;
    if found then
      insert into phones (phone_key, linked_user_id, verified_at, key_number)
      select p_next_phone_key, null, d.verified_at, d.key_number + 1::smallint
        from phones d
       where d.phone_key = p_phone_key
         and p_next_phone_key is not null
          on conflict (phone_key) do nothing;
      insert into contact_sync_pending_links (phone_key)
      select k.phone_key
        from pg_catalog.unnest(array[p_phone_key, p_next_phone_key]) as k (phone_key)
       where k.phone_key is not null;
      perform contact_sync_drop_forgotten(array[p_phone_key, p_next_phone_key]);
      return true;
    end if;

    update phones d
       set verified_at = greatest(d.verified_at, v_now)
     where d.phone_key = any (array[p_phone_key, p_next_phone_key])
       and d.linked_user_id is null;
    if found then
      return false;
    end if;
    if exists (select from phones d where d.phone_key = p_phone_key) then
      raise exception using
        errcode = 'YC036',
        message = 'NUMBER_HAS_ACCOUNT: the number belongs to a user, and who has an account is not forgotten by number',
        hint = 'Nothing was changed. Take the number out of the directory first (unlink), or erase the user.';
    end if;
    -- Lifted or unlinked between the two: again.
  end loop;
end
$$;


-- Lifts the forgetting of a number: syncs store it again from now on. Those who had it
-- in their address book have it in their book again with their next full sync. False
-- when it was not forgotten. p_next_phone_key is the same number by the next key, as of
-- link_phones(). For service_role.
create function lift_forgotten_phone(
  p_phone_key      uuid,
  p_next_phone_key uuid default null)
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
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_check_next_keys(
    array[p_phone_key], case when p_next_phone_key is not null then array[p_next_phone_key] end);
  delete from phones d
   where d.phone_key = any (array[p_phone_key, p_next_phone_key])
     and d.linked_user_id is null;
  return found;
end
$$;


-- What export_user() says first: a user's state, and counts. Of others' books nothing, not
-- even in how many the user is: who watches that learns who has stored them, which is
-- those people's to tell. A block and an unblock would tell it of anybody: so there is
-- neither how many links to the user were given, nor how many messages wait about them.
--
-- What is new joins here where there is one of it for a user; of what there may be many,
-- a part of its own in export_user(). test/rights/every-table.test.ts says when something
-- was forgotten.
create function contact_sync_export_about(p_user_id uuid)
returns jsonb
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
  v_digest constant bytea := sha256(uuid_send(p_user_id));
begin
  return pg_catalog.jsonb_build_object(
    'user_id', p_user_id,
    'exported_at', now(),
    -- their last sync, the budget that was spent, and what else stands in that row; not
    -- the random marks that only tell histories apart, nor what tells somebody who tries
    -- numbers that they were seen (list_suspects())
    'status', (
      select pg_catalog.to_jsonb(s) - 'owner_id'::text - 'link_marks'::text
             - '{judged_suspicion,judged_neighbours,held_at,held_suspicion,released_at,released_suspicion}'::text[]
        from contact_sync_status s
       where s.owner_id = p_user_id),
    -- who finds them, by their own choice (NULL: the service's default). Not how many
    -- have blocked them: to whom it happens it is not to be told.
    'discoverable', (
      select o.discoverable
        from contact_sync_consent o
       where o.user_id = p_user_id),
    'sessions', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(e) - 'owner_id'::text order by e.session_id), '[]'::jsonb)
        from contact_sync_sessions e
       where e.owner_id = p_user_id),
    'streams', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(t) - 'owner_id'::text order by t.stream_id), '[]'::jsonb)
        from contact_sync_streams t
       where t.owner_id = p_user_id),
    -- answers to requests with an idempotency key: figures, encrypted, for a day
    'kept_answers', (
      select count(*)
        from contact_sync_answers a
       where a.owner_id = p_user_id),
    'messages_to_tell', (
      select count(*)
        from contact_sync_outbox o
       where o.owner_ids operator(pg_catalog.@>) array[p_user_id]),
    'erased_at', (
      select e.erased_at
        from contact_sync_erasures e
       where e.user_digest = v_digest));
end
$$;


-- All that is held about a user, an entry a row, with what kind of entry it is: first
-- 'about', one; then their numbers in the directory, devices, runs, choices kept of
-- contacts they removed, numbers of sessions and streams under way, contacts, and whom they have blocked. Somebody
-- unknown has 'about' alone.
--
-- Without p_limit it is the whole export, of one moment. With p_limit (1 to 10,000) it is a
-- page of it, behind p_after, the place of the last row of the page before; fewer rows than
-- p_limit is the last page. A row that is there all the while is in one page, once.
--
-- Numbers are phone keys, which the library turns into phone hashes. A link is shown as
-- every read shows it. For service_role.
create function export_user(
  p_user_id uuid,
  p_after   text    default null,
  p_limit   integer default null,
  out part  text,
  out entry jsonb,
  out place text)
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
declare
  -- in their order, which the numbers below are the places of
  c_parts   constant text[] := '{about,numbers,devices,runs,kept_choices,session_numbers,stream_numbers,contacts,blocked_users}';
  c_uuid    constant text := '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
  c_nothing constant uuid := '00000000-0000-0000-0000-000000000000';
  v_at      integer := 0; -- the part that p_after is in, and what it is behind
  v_words   text[] := '{}';
  v_id      uuid;
  v_id_2    uuid;
  v_number  bigint;
  v_text    text;
  v_room    integer := p_limit;
  v_key_number smallint;
  v_count   integer;
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  if p_limit is not null then
    perform contact_sync_check_range(p_limit, 1, 10000, 'p_limit',
                                     'Each page begins behind the place of the last row of the one before.');
  end if;
  if p_after is not null then
    if p_after !~ pg_catalog.format(
         '^(about|(numbers|kept_choices|contacts|blocked_users) %1$s|devices [A-Za-z0-9._-]{1,64}|runs [0-9]{1,18}|session_numbers %1$s [0-9]{1,9} [0-9]{1,9}|stream_numbers %1$s %1$s)$',
         c_uuid) then
      raise exception using
        errcode = 'YC001',
        message = 'INVALID_ARGUMENT: p_after must be the place of a row of this export',
        hint = 'Begin again without it.';
    end if;
    v_words := string_to_array(p_after, ' ');
    v_at := pg_catalog.array_position(c_parts, v_words[1]);
  end if;

  v_key_number := (contact_sync_book_key_numbers(array[p_user_id]))[1];
  if v_at < 1 then
    return query select 'about'::text, contact_sync_export_about(p_user_id), 'about'::text;
    v_room := v_room - 1;
    if v_room = 0 then
      return;
    end if;
  end if;

  if v_at <= 2 then
    v_id := case when v_at = 2 then v_words[2]::uuid end;
    return query
      select 'numbers'::text, pg_catalog.to_jsonb(d) - 'linked_user_id'::text, 'numbers ' || d.phone_key::text
        from phones d
       where d.linked_user_id = p_user_id
         -- each once, while the sealing key is being changed; by the key of the book
         and d.key_number = v_key_number
         and d.phone_key >= coalesce(v_id, c_nothing)
         and d.phone_key is distinct from v_id
       order by d.phone_key
       limit v_room;
    get diagnostics v_count = row_count;
    v_room := v_room - v_count;
    if v_room = 0 then
      return;
    end if;
  end if;

  if v_at <= 3 then
    v_text := case when v_at = 3 then v_words[2] end;
    return query
      select 'devices'::text, pg_catalog.to_jsonb(d) - 'owner_id'::text - 'sync_mark'::text, 'devices ' || d.device_id
        from contact_sync_devices d
       where d.owner_id = p_user_id
         and d.device_id > coalesce(v_text, '')
       order by d.device_id
       limit v_room;
    get diagnostics v_count = row_count;
    v_room := v_room - v_count;
    if v_room = 0 then
      return;
    end if;
  end if;

  if v_at <= 4 then
    v_number := case when v_at = 4 then v_words[2]::bigint else 0::bigint end;
    return query
      select 'runs'::text, pg_catalog.to_jsonb(r) - '{owner_id,suspicion,neighbours_percent}'::text[], 'runs ' || r.run_id::text
        from contact_sync_runs r
       where r.owner_id = p_user_id
         and r.run_id > v_number
       order by r.run_id
       limit v_room;
    get diagnostics v_count = row_count;
    v_room := v_room - v_count;
    if v_room = 0 then
      return;
    end if;
  end if;

  if v_at <= 5 then
    v_id := case when v_at = 5 then v_words[2]::uuid end;
    return query
      select 'kept_choices'::text, pg_catalog.to_jsonb(k) - 'owner_id'::text, 'kept_choices ' || k.phone_key::text
        from contact_sync_kept_choices k
       where k.owner_id = p_user_id
         and k.phone_key >= coalesce(v_id, c_nothing)
         and k.phone_key is distinct from v_id
       order by k.phone_key
       limit v_room;
    get diagnostics v_count = row_count;
    v_room := v_room - v_count;
    if v_room = 0 then
      return;
    end if;
  end if;

  if v_at <= 6 then
    -- a part of a session is a row of up to 10,000 numbers
    v_id := case when v_at = 6 then v_words[2]::uuid else c_nothing end;
    v_count := case when v_at = 6 then v_words[3]::integer else -1 end;
    v_number := case when v_at = 6 then v_words[4]::bigint else 0::bigint end;
    return query
      select 'session_numbers'::text,
             pg_catalog.jsonb_build_object('session_id', s.session_id, 'part', s.part, 'phone_key', n.phone_key),
             pg_catalog.format('session_numbers %s %s %s', s.session_id, s.part, n.place)
        from contact_sync_session_parts s
       cross join lateral pg_catalog.unnest(s.phone_keys) with ordinality as n (phone_key, place)
       where s.owner_id = p_user_id
         and (s.session_id, s.part) >= (v_id, v_count)
         and (s.session_id, s.part, n.place) > (v_id, v_count, v_number)
       order by s.session_id, s.part, n.place
       limit v_room;
    get diagnostics v_count = row_count;
    v_room := v_room - v_count;
    if v_room = 0 then
      return;
    end if;
  end if;

  if v_at <= 7 then
    v_id := case when v_at = 7 then v_words[2]::uuid else c_nothing end;
    v_id_2 := case when v_at = 7 then v_words[3]::uuid else c_nothing end;
    return query
      select 'stream_numbers'::text,
             pg_catalog.to_jsonb(s) - 'owner_id'::text,
             pg_catalog.format('stream_numbers %s %s', s.stream_id, s.phone_key)
        from contact_sync_staged_keys s
       where s.owner_id = p_user_id
         and (s.stream_id, s.phone_key) > (v_id, v_id_2)
       order by s.stream_id, s.phone_key
       limit v_room;
    get diagnostics v_count = row_count;
    v_room := v_room - v_count;
    if v_room = 0 then
      return;
    end if;
  end if;

  if v_at <= 8 then
    v_id := case when v_at = 8 then v_words[2]::uuid end;
    return query
      select 'contacts'::text,
             pg_catalog.jsonb_build_object(
               'phone_key', c.phone_key,
               'linked_user_id', v.linked_user_id,
               'is_favorite', c.is_favorite,
               'last_interaction', c.last_interaction,
               'created_at', c.created_at,
               'updated_at', v.updated_at,
               'held_by', c.held_by,
               'link_number', c.link_number),
             'contacts ' || c.phone_key::text
        from contacts_with_accounts c
        join contact_sync_confirmed_contacts v
          on v.owner_id = c.owner_id
         and v.phone_key = c.phone_key
       where c.owner_id = p_user_id
         and c.phone_key >= coalesce(v_id, c_nothing)
         and c.phone_key is distinct from v_id
       order by c.phone_key
       limit v_room;
    get diagnostics v_count = row_count;
    v_room := v_room - v_count;
    if v_room = 0 then
      return;
    end if;
  end if;

  v_id := case when v_at = 9 then v_words[2]::uuid end;
  return query
    select 'blocked_users'::text,
           pg_catalog.jsonb_build_object('user_id', b.blocked_user_id, 'blocked_at', b.created_at),
           'blocked_users ' || b.blocked_user_id::text
      from contact_sync_blocks b
     where b.user_id = p_user_id
       and b.blocked_user_id >= coalesce(v_id, c_nothing)
       and b.blocked_user_id is distinct from v_id
     order by b.blocked_user_id
     limit v_room;
end
$$;


-- Sets how long what is kept, for the whole installation, and returns what is in force.
-- NULL leaves a figure as it is, so that a call without arguments only tells.
--
-- p_silent_owner_months (0 to 240): contacts without an account leave the book of an owner
-- who was not heard of for so long; 0 keeps them for good. p_forgotten_number_months (0 to
-- 240): a number that was forgotten is so for so long, and may then be stored again; 0, as
-- at first, is for good, because whoever asked to be forgotten did not ask for a while.
-- p_run_days (1 to 3,650): runs, before they become a day's sums. p_choice_days: as
-- set_choice_retention(), of which 0 keeps nothing. For service_role.
create function set_retention(
  p_silent_owner_months     integer default null,
  p_forgotten_number_months integer default null,
  p_run_days                integer default null,
  p_choice_days             integer default null,
  out silent_owner_months     integer,
  out forgotten_number_months integer,
  out run_days                integer,
  out choice_days             integer)
language plpgsql volatile
set search_path from current
as $$
begin
  if p_silent_owner_months is not null then
    perform contact_sync_check_range(p_silent_owner_months, 0, 240, 'p_silent_owner_months', '0 is for good.');
  end if;
  if p_forgotten_number_months is not null then
    perform contact_sync_check_range(p_forgotten_number_months, 0, 240, 'p_forgotten_number_months', '0 is for good.');
  end if;
  if p_run_days is not null then
    perform contact_sync_check_range(p_run_days, 1, 3650, 'p_run_days', 'clean_up_contact_sync(interval ''0'') folds all of them at once.');
  end if;
  choice_days := set_choice_retention(p_choice_days);

  if p_silent_owner_months is not null or p_forgotten_number_months is not null or p_run_days is not null then
    insert into contact_sync_settings (new_number_burst, new_numbers_per_day)
    select b.burst, b.refill_per_day
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do nothing;
    update contact_sync_settings s
       set silent_owner_months = coalesce(p_silent_owner_months, s.silent_owner_months),
           forgotten_number_months = coalesce(p_forgotten_number_months, s.forgotten_number_months),
           runs_kept_days = coalesce(p_run_days, s.runs_kept_days),
           changed_at = now()
     where s.silent_owner_months <> coalesce(p_silent_owner_months, s.silent_owner_months)
        or s.forgotten_number_months <> coalesce(p_forgotten_number_months, s.forgotten_number_months)
        or s.runs_kept_days <> coalesce(p_run_days, s.runs_kept_days);
  end if;

  select s.silent_owner_months, s.forgotten_number_months, s.runs_kept_days
    into silent_owner_months, forgotten_number_months, run_days
    from contact_sync_settings s
   where s.only_row;
  silent_owner_months := coalesce(silent_owner_months, 18);
  forgotten_number_months := coalesce(forgotten_number_months, 0);
  run_days := coalesce(run_days, 90);
end
$$;


-- Whether an owner was not heard of since a moment: no sync, no failed one, and none of
-- their devices.
create function contact_sync_silent_since(p_owner_id uuid, p_moment timestamptz)
returns boolean
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
  v_is_silent boolean;
begin
  v_is_silent := (
    select coalesce(s.last_sync_at, s.created_at) < p_moment
       and s.updated_at < p_moment
       and not exists (select 1
                         from contact_sync_devices d
                        where d.owner_id = p_owner_id
                          and d.last_seen_at >= p_moment)
      from contact_sync_status s
     where s.owner_id = p_owner_id);
  return coalesce(v_is_silent, false);
end
$$;


-- Contacts that leave the book of an owner who was silent since a moment, at most p_max:
-- those who are not linked, and that nobody has added or turned to since, as a back end
-- may have for an owner who does not sync.
--
-- It goes by the stored link alone, which says whom the owner may find: who has an account
-- and does not want to be found must not show in what is kept.
create function contact_sync_expired_contacts(
  p_owner_id uuid,
  p_moment   timestamptz,
  p_max      integer)
returns uuid[]
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
  return array(
    select c.phone_key
      from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.linked_user_id is null
       and coalesce(c.updated_at, c.created_at) < p_moment
       and (c.last_interaction is null or c.last_interaction < p_moment)
     order by c.phone_key
     limit p_max);
end
$$;


-- Whether nobody else goes the walk of apply_retention(), and nobody begins it until this
-- transaction ends. It waits for nobody. On Citus see contact_sync_cluster_is_only_walker().
create function contact_sync_is_only_walker()
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform from contact_sync_settings s for update skip locked;
  return found;
end
$$;


-- Removes what was kept long enough (set_retention()): contacts without an account of
-- owners who are silent, and the forgetting of numbers. A portion a call, in one short
-- transaction: it looks at up to 10,000 owners, in the order of their ids from where the
-- call before has stopped, and removes up to p_max_contacts contacts of up to 200 of them.
-- has_more is false when the walk has come round; the next call begins it anew. For runs
-- and kept choices: clean_up_contact_sync().
--
-- It waits for nobody: who has an owner locked is syncing for them, and whoever else is at
-- it already does the work. Devices of such an owner get a new mark, so that who comes
-- back begins with a full sync, which brings back what is still in the address book. It
-- writes no link, so it does not pass the fence. For service_role.
create function apply_retention(
  p_max_contacts integer default 10000,
  out owners_cleared            integer,
  out contacts_removed          integer,
  out forgotten_numbers_dropped integer,
  out has_more                  boolean)
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
  c_owners_looked_at constant integer := 10000;
  c_owners_cleared   constant integer := 200;
  v_months    integer;
  v_forgotten integer;
  v_moment    timestamptz;
  v_before    uuid;
  v_place     uuid;
  v_owners    uuid[];
  v_group     uuid[];
  v_silent    uuid[] := '{}';
  v_owner_id  uuid;
  v_keys      uuid[];
  v_room      integer;
begin
  perform contact_sync_check_range(p_max_contacts, 1, 100000, 'p_max_contacts', 'Call again for what is left.');
  perform contact_sync_require_read_committed();
  owners_cleared := 0;
  contacts_removed := 0;
  forgotten_numbers_dropped := 0;
  has_more := false;
  select r.silent_owner_months, r.forgotten_number_months
    into v_months, v_forgotten
    from set_retention(null::integer, null::integer, null::integer, null::integer) as r;

  if v_forgotten > 0 then
    v_moment := now() - v_forgotten::float8 * interval '1 month';
    delete from phones d
     where d.linked_user_id is null
       and d.phone_key = any (array(
             select f.phone_key
               from (select o.phone_key
                       from phones o
                      where o.linked_user_id is null
                        and o.verified_at < v_moment
                      order by o.verified_at
                      limit p_max_contacts
                        for update skip locked) as f));
    get diagnostics forgotten_numbers_dropped = row_count;
    has_more := forgotten_numbers_dropped = p_max_contacts;
  end if;
  if v_months = 0 then
    return;
  end if;

  -- Where the walk stands: one goes it at a time.
  perform contact_sync_make_settings();
  if not contact_sync_is_only_walker() then
    return;
  end if;
  select s.retention_at_owner_id
    into v_before
    from contact_sync_settings s;

  v_moment := now() - v_months::float8 * interval '1 month';
  v_owners := array(
    select s.owner_id
      from contact_sync_status s
     where s.owner_id >= coalesce(v_before, '00000000-0000-0000-0000-000000000000'::uuid)
       and s.owner_id is distinct from v_before
     order by s.owner_id
     limit c_owners_looked_at);
  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    v_silent := v_silent operator(pg_catalog.||) array(
      select s.owner_id
        from contact_sync_status s
       where s.owner_id between v_owners[1] and v_owners[pg_catalog.cardinality(v_owners)]
         and (v_group is null or s.owner_id = any (v_group))
         and s.contacts_count > 0
         and s.updated_at < v_moment
         -- as contact_sync_silent_since() and contact_sync_expired_contacts() have it
         and coalesce(s.last_sync_at, s.created_at) < v_moment
         -- each by itself, for those who come first alone
         and (select 1
                from contact_sync_devices d
               where d.owner_id = s.owner_id
                 and (v_group is null or d.owner_id = any (v_group))
                 and d.last_seen_at >= v_moment
               limit 1) is null
         and (select 1
                from contacts_with_accounts c
               where c.owner_id = s.owner_id
                 and (v_group is null or c.owner_id = any (v_group))
                 and c.linked_user_id is null
                 and coalesce(c.updated_at, c.created_at) < v_moment
                 and (c.last_interaction is null or c.last_interaction < v_moment)
               limit 1) is not null
       order by s.owner_id
       limit c_owners_cleared + 1);
  end loop;
  v_silent := array(
    select o.id
      from pg_catalog.unnest(v_silent) as o (id)
     order by o.id
     limit c_owners_cleared + 1);
  if pg_catalog.cardinality(v_owners) = c_owners_looked_at then
    v_place := v_owners[c_owners_looked_at];
    has_more := true;
  else
    v_place := null;
  end if;

  foreach v_owner_id in array v_silent loop
    v_room := p_max_contacts - contacts_removed;
    if v_room = 0 or owners_cleared = c_owners_cleared then
      -- The next portion begins with this one: behind whoever stands before.
      v_place := coalesce(v_owners[pg_catalog.array_position(v_owners, v_owner_id) - 1], v_before);
      has_more := true;
      exit;
    end if;
    continue when pg_catalog.cardinality(contact_sync_try_lock_owners(array[v_owner_id])) = 0;
    -- Asked again now that nobody else has them.
    continue when not contact_sync_silent_since(v_owner_id, v_moment);
    v_keys := contact_sync_expired_contacts(v_owner_id, v_moment, v_room);
    continue when pg_catalog.cardinality(v_keys) = 0;
    contacts_removed := contacts_removed + contact_sync_remove_contacts(v_owner_id, v_keys, false);
    owners_cleared := owners_cleared + 1;
    if pg_catalog.cardinality(v_keys) = v_room then
      -- They may have more.
      v_place := coalesce(v_owners[pg_catalog.array_position(v_owners, v_owner_id) - 1], v_before);
      has_more := true;
      exit;
    end if;
  end loop;

  update contact_sync_settings s
     set retention_at_owner_id = v_place
   where s.retention_at_owner_id is distinct from v_place;
end
$$;


-- What was kept long enough by now, and would go: apply_retention() and
-- clean_up_contact_sync() remove it. Changes nothing. It looks at every owner. For
-- service_role.
create function count_expired(
  out silent_owners     bigint,
  out unlinked_contacts bigint,
  out forgotten_numbers bigint,
  out runs              bigint,
  out choices           bigint)
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
  v_kept   record;
  v_moment timestamptz;
begin
  select s.silent_owner_months, s.forgotten_number_months, s.runs_kept_days, s.choices_kept_days
    into v_kept
    from (select 1) as one (place)
    left join contact_sync_settings s on s.only_row;
  silent_owners := 0;
  unlinked_contacts := 0;
  forgotten_numbers := 0;
  if coalesce(v_kept.silent_owner_months, 18) > 0 then
    v_moment := now() - coalesce(v_kept.silent_owner_months, 18)::float8 * interval '1 month';
    select pg_catalog.count(distinct c.owner_id), count(*)
      into silent_owners, unlinked_contacts
      from (select s.owner_id
              from contact_sync_status s
             where s.contacts_count > 0
               and s.updated_at < v_moment
               -- as contact_sync_silent_since() has it
               and coalesce(s.last_sync_at, s.created_at) < v_moment
               and not exists (select 1
                                 from contact_sync_devices d
                                where d.owner_id = s.owner_id
                                  and d.last_seen_at >= v_moment)) as o
      join contacts_with_accounts c on c.owner_id = o.owner_id
     where c.linked_user_id is null
       and c.created_at < v_moment
       and (c.last_interaction is null or c.last_interaction < v_moment);
  end if;
  if coalesce(v_kept.forgotten_number_months, 0) > 0 then
    select count(*)
      into forgotten_numbers
      from phones d
     where d.linked_user_id is null
       and d.verified_at < now() - v_kept.forgotten_number_months::float8 * interval '1 month';
  end if;
  select count(*)
    into runs
    from contact_sync_runs r
   where r.started_at < now() - coalesce(v_kept.runs_kept_days, 90)::float8 * interval '1 day';
  select count(*)
    into choices
    from contact_sync_kept_choices k
   where k.removed_at < now() - coalesce(v_kept.choices_kept_days, 30)::float8 * interval '1 day';
end
$$;


insert into contact_sync_migrations (name, run_on) values ('022_honour_rights', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
