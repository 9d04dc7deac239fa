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
