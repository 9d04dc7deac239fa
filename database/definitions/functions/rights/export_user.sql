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
