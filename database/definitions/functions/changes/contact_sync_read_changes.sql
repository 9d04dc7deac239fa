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
