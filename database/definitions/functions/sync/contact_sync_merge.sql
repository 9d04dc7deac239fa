-- The heart of every sync: brings the stored book of one owner to hold the
-- given numbers, linked as the directory says, and reports what that took.
--
-- One pass over the call finds what is new; the directory is asked about the
-- new numbers, the linked ones, and those whose entry changed and which the
-- linker has not reached. Every other contact is as the directory says, that is
-- the linker's promise. Then only differences are written, in key order,
-- p_batch_size rows a statement: a book that is already right is only read.
-- is_favorite and last_interaction belong to the owner and are never touched.
--
-- Its callers hold the fence and the owner's lock. p_phone_keys is sorted and
-- has no duplicates.
--
-- The planner is kept from three mistakes: a custom plan each time, so that it
-- knows the arrays' lengths; no nested loops, because where it guesses an
-- owner's rows wrong they turn 10,000 numbers into 100,000,000 comparisons; no
-- sequential scan, to which 10,000 keys against a directory of a million draw
-- it, and which is slower than the index many times over.
create function contact_sync_merge(
  p_owner_id   uuid,
  p_phone_keys uuid[],
  p_batch_size integer)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
set enable_nestloop = off
set enable_seqscan = off
as $$
declare
  v_now             constant timestamptz := clock_timestamp();
  v_result          contact_sync_result;
  v_pending_keys    uuid[];
  v_new_keys        uuid[];
  v_new_links       uuid[];
  -- stored contacts whose link is to be confirmed
  v_checked_keys    uuid[];
  v_checked_links   uuid[];
  v_checked_given   boolean[];
  v_directory_keys  uuid[];
  v_directory_users uuid[];
  v_changed_keys    uuid[];
  v_changed_links   uuid[];
begin
  v_pending_keys := array(
    select distinct q.phone_key
      from contact_sync_pending_links q
     where q.phone_key = any (p_phone_keys));

  -- What is new, and which of the rest may be linked otherwise than stored.
  with wanted as (
    select w.phone_key
      from unnest(p_phone_keys) as w (phone_key)
  ), known as (
    select c.phone_key, c.linked_user_id, c.link_given,
           c.linked_user_id is not null or c.phone_key = any (v_pending_keys) as is_checked
      from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.phone_key = any (p_phone_keys)
  )
  select array_agg(w.phone_key order by w.phone_key) filter (where k.phone_key is null),
         array_agg(k.phone_key order by k.phone_key) filter (where k.is_checked),
         array_agg(k.linked_user_id order by k.phone_key) filter (where k.is_checked),
         array_agg(k.link_given order by k.phone_key) filter (where k.is_checked)
    into v_new_keys, v_checked_keys, v_checked_links, v_checked_given
    from wanted w
    left join known k on k.phone_key = w.phone_key;

  -- People store their own number, and that links them to nobody: such an entry
  -- comes without a user.
  select array_agg(d.phone_key order by d.phone_key),
         array_agg(nullif(d.linked_user_id, p_owner_id) order by d.phone_key)
    into v_directory_keys, v_directory_users
    from phones d
   where d.phone_key = any (v_new_keys || v_checked_keys);

  select array_agg(d.user_id order by n.phone_key)
    into v_new_links
    from unnest(v_new_keys) as n (phone_key)
    left join unnest(v_directory_keys, v_directory_users) as d (phone_key, user_id)
      on d.phone_key = n.phone_key;

  -- A given link stands only where the directory has no entry.
  with compared as (
    select c.phone_key,
           c.stored_link,
           case
             when d.phone_key is not null then d.user_id
             when c.link_given then c.stored_link
           end as link,
           c.link_given and d.phone_key is not null as loses_given_link
      from unnest(v_checked_keys, v_checked_links, v_checked_given) as c (phone_key, stored_link, link_given)
      left join unnest(v_directory_keys, v_directory_users) as d (phone_key, user_id)
        on d.phone_key = c.phone_key
  )
  select array_agg(c.phone_key order by c.phone_key) filter (where c.link is distinct from c.stored_link or c.loses_given_link),
         array_agg(c.link      order by c.phone_key) filter (where c.link is distinct from c.stored_link or c.loses_given_link),
         coalesce(array_agg(replace(c.phone_key::text, '-', '')) filter (where c.link is not null), '{}'),
         coalesce(array_agg(c.link) filter (where c.link is not null), '{}')
    into v_changed_keys, v_changed_links,
         v_result.matched_phone_hashes, v_result.matched_user_ids
    from compared c;

  if v_new_keys is not null then
    select v_result.matched_phone_hashes || coalesce(array_agg(replace(n.phone_key::text, '-', '')), '{}'),
           v_result.matched_user_ids || coalesce(array_agg(n.link), '{}')
      into v_result.matched_phone_hashes, v_result.matched_user_ids
      from unnest(v_new_keys, v_new_links) as n (phone_key, link)
     where n.link is not null;
  end if;

  v_result.total_processed := cardinality(p_phone_keys);
  v_result.contacts_inserted := coalesce(cardinality(v_new_keys), 0);
  v_result.contacts_updated := coalesce(cardinality(v_changed_keys), 0);
  v_result.contacts_unchanged :=
    v_result.total_processed - v_result.contacts_inserted - v_result.contacts_updated;
  v_result.contacts_removed := 0;
  v_result.matched_contacts := cardinality(v_result.matched_user_ids);

  if v_result.contacts_inserted > 0 then
    perform contact_sync_count_stored(array[p_owner_id], array[v_result.contacts_inserted]);
  end if;
  for v_first in 1 .. v_result.contacts_inserted by p_batch_size loop
    insert into contacts_with_accounts (owner_id, phone_key, linked_user_id, created_at, updated_at)
    select p_owner_id, n.phone_key, n.link, v_now, v_now
      from unnest(v_new_keys[v_first : v_first + p_batch_size - 1],
                  v_new_links[v_first : v_first + p_batch_size - 1]) as n (phone_key, link);
  end loop;

  for v_first in 1 .. v_result.contacts_updated by p_batch_size loop
    update contacts_with_accounts c
       set linked_user_id = n.link,
           link_given = false,
           updated_at = v_now
      from unnest(v_changed_keys[v_first : v_first + p_batch_size - 1],
                  v_changed_links[v_first : v_first + p_batch_size - 1]) as n (phone_key, link)
     where c.owner_id = p_owner_id
       and c.phone_key = any (v_changed_keys[v_first : v_first + p_batch_size - 1])
       and c.phone_key = n.phone_key;
  end loop;

  return v_result;
end
$$;
