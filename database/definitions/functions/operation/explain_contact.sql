-- Why an owner sees, or does not see, who has a number: a row for each of the things
-- that decide it, in their order, of which the first 'no' is the reason. is_seen is what
-- list_contacts() shows, and true where no step is 'no'; found_user_id, who has the
-- number (NULL: nobody that is known). 'unknown' is what can't be said after a 'no'.
-- A detail names no number and nobody. Changes nothing. For service_role.
--
-- Whether the owner may find the user is asked of the one rule (contact_sync_may_find());
-- a block is looked for only to say which of its parts it was.
create function explain_contact(
  p_owner_id  uuid,
  p_phone_key uuid,
  out step          text,
  out outcome       text,
  out detail        text,
  out found_user_id uuid,
  out is_seen       boolean)
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
declare
  v_is_entered    boolean := false;
  v_is_stored     boolean := false;
  v_stored_id     uuid;
  v_is_given      boolean;
  v_held_at       timestamptz;
  v_is_own        boolean;
  v_may_find      boolean;
  v_is_blocked    boolean;
  v_discoverable  text;
  v_is_default    boolean;
  v_waiting_since timestamptz;
  v_is_late       boolean;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');

  select true, d.linked_user_id
    into v_is_entered, found_user_id
    from phones d
   where d.phone_key = p_phone_key;
  v_is_entered := coalesce(v_is_entered, false);
  select true, c.linked_user_id, c.link_given
    into v_is_stored, v_stored_id, v_is_given
    from contacts_with_accounts c
   where c.owner_id = p_owner_id
     and c.phone_key = p_phone_key;
  v_is_stored := coalesce(v_is_stored, false);
  -- A link that was given stands where the directory has no entry.
  if not v_is_entered and v_is_given and v_stored_id is not null
     and not contact_sync_is_erased_link(v_stored_id, p_owner_id, p_phone_key)
  then
    found_user_id := v_stored_id;
  end if;
  v_held_at := (select s.held_at from contact_sync_status s where s.owner_id = p_owner_id);
  is_seen := exists (select
                       from contact_sync_confirmed_contacts c
                      where c.owner_id = p_owner_id
                        and c.phone_key = p_phone_key
                        and c.linked_user_id is not null);

  v_is_own := found_user_id = p_owner_id and not is_seen;
  if not v_is_own then
    v_may_find := contact_sync_may_find(p_owner_id, found_user_id);
    v_is_blocked := not v_may_find
      and exists (select
                    from contact_sync_blocks b
                   where b.user_id = found_user_id
                     and b.blocked_user_id = p_owner_id);
    select g.discoverable, g.is_default
      into v_discoverable, v_is_default
      from get_discoverability(found_user_id) as g;
  end if;

  -- What the linker has still to do of it.
  select min(q.enqueued_at), bool_or(q.late_owner_ids operator(pg_catalog.@>) array[p_owner_id])
    into v_waiting_since, v_is_late
    from contact_sync_pending_links q
   where q.phone_key = p_phone_key
     and (q.owner_id is null or q.owner_id = p_owner_id);
  v_waiting_since := least(v_waiting_since, (
    select min(b.enqueued_at)
      from contact_sync_pending_books b
     where b.person_id = p_owner_id and not b.are_given
        or b.person_id = found_user_id and b.are_given));

  step := 'not_forgotten';
  if v_is_entered and found_user_id is null then
    outcome := 'no';
    detail := 'Whoever has the number has had it forgotten: no book keeps it until somebody verifies it, or it is lifted.';
  else
    outcome := 'yes';
    detail := 'Nobody has had the number forgotten.';
  end if;
  return next;

  step := 'in_directory';
  if found_user_id is null then
    outcome := 'no';
    detail := 'No user has verified the number.';
  elsif v_is_entered then
    outcome := 'yes';
    detail := 'A user has verified the number.';
  else
    outcome := 'yes';
    detail := 'No user has verified the number, but a bulk insert gave this contact its link, which stands until somebody does.';
  end if;
  return next;

  step := 'not_own_number';
  if found_user_id is null then
    outcome := 'unknown';
    detail := 'Nobody is known to have the number.';
  elsif v_is_own then
    outcome := 'no';
    detail := 'It is a number of the user''s own, and nobody is linked to themselves.';
  else
    outcome := 'yes';
    detail := 'Somebody else has the number.';
  end if;
  return next;

  step := 'not_blocked';
  if v_may_find is null or found_user_id is null then
    outcome := 'unknown';
    detail := 'There is nobody else who could block the user.';
  elsif v_is_blocked then
    outcome := 'no';
    detail := 'Who has the number has blocked the user.';
  else
    outcome := 'yes';
    detail := 'Who has the number has not blocked the user.';
  end if;
  return next;

  step := 'discoverable';
  if v_may_find is null or found_user_id is null then
    outcome := 'unknown';
    detail := 'There is nobody else to be found.';
  elsif v_is_blocked then
    outcome := 'unknown';
    detail := 'A block decides, whatever else they have chosen.';
  else
    outcome := case when v_may_find then 'yes' else 'no' end;
    detail := pg_catalog.concat(
      case when v_is_default then 'By the service''s default, who has the number' else 'Who has the number' end,
      case
        when v_discoverable = 'everybody' then ' is found by everybody who has it.'
        when v_discoverable = 'nobody'    then ' is found by nobody.'
        when v_may_find                   then ' is found by those whose number they have, and they have the user''s.'
        else ' is found by those whose number they have, and their book has no verified number of the user.'
      end);
  end if;
  return next;

  step := 'in_book';
  if v_is_stored then
    outcome := 'yes';
    detail := 'The user''s book has the number.';
  else
    outcome := 'no';
    detail := 'The user''s book does not have the number: no sync has brought it, or one has taken it away.';
  end if;
  return next;

  step := 'linked';
  if is_seen then
    outcome := 'yes';
    detail := 'The contact is linked, and the directory confirms it.';
  elsif not v_is_stored or found_user_id is null or v_is_own or not v_may_find then
    outcome := 'unknown';
    detail := 'There is no link to be made.';
  elsif v_held_at is not null then
    outcome := 'unknown';
    detail := 'Whoever is held gains no link.';
  elsif v_waiting_since is not null then
    outcome := 'no';
    detail := pg_catalog.format(
      'The linker has not come to it: the change waits for %s seconds%s.',
      greatest(0, floor(extract(epoch from clock_timestamp() - v_waiting_since))),
      case when v_is_late then ', because somebody has the user locked (list_owners_in_the_way())' else '' end);
  else
    outcome := 'no';
    detail := 'The stored link is not what the directory says, and nothing waits: relink_phones() compares all of them.';
  end if;
  return next;

  step := 'not_held';
  if v_held_at is null then
    outcome := 'yes';
    detail := 'The user is not held.';
  elsif is_seen then
    outcome := 'yes';
    detail := 'The user is held, and keeps the links that they had.';
  else
    outcome := 'no';
    detail := 'The user is held as a suspect, and gains no link until somebody releases them.';
  end if;
  return next;
end
$$;
