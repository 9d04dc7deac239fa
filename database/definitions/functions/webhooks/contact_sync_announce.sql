-- Writes to the outbox what is about to happen to stored links, in the same
-- transaction: row i of the three arrays is a stored contact and the user whom it
-- is about to be linked to, NULL for nobody. To be called by whoever changes
-- links, where contact_sync_has_outbox(), with the owners locked and BEFORE the
-- rows are written: it compares with the link that is stored.
--
-- Where they differ, the user who loses the link and the user who gets it are a
-- message each; one message names up to 1,000 owners of one number. Silent is
-- what the number's present entry in the directory says. Contacts that are not
-- stored yet are none of its business: who is found by a sync did not just join.
-- For service_role.
create function contact_sync_announce(
  p_owner_ids     uuid[],
  p_phone_keys    uuid[],
  p_link_user_ids uuid[])
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
  v_now     constant timestamptz := clock_timestamp();
  v_group   uuid[];
  -- what changes, row i of the five arrays
  v_owners  uuid[] := '{}';
  v_keys    uuid[] := '{}';
  v_old     uuid[] := '{}';
  v_new     uuid[] := '{}';
  v_silent  boolean[] := '{}';
  v_numbers smallint[];
begin
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_owners operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.owner_id), '{}'),
           v_keys operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.phone_key), '{}'),
           v_old operator(pg_catalog.||) coalesce(pg_catalog.array_agg(c.linked_user_id), '{}'),
           v_new operator(pg_catalog.||) coalesce(pg_catalog.array_agg(t.link_user_id), '{}')
      into v_owners, v_keys, v_old, v_new
      from unnest(p_owner_ids, p_phone_keys, p_link_user_ids) as t (owner_id, phone_key, link_user_id)
      -- Between and not equal: or else the planner may look up each owner among
      -- all who hold the number, instead of by the primary key.
      join contacts_with_accounts c
        on c.owner_id = t.owner_id
       and c.phone_key between t.phone_key and t.phone_key
       and (v_group is null or c.owner_id = any (v_group))
     where c.linked_user_id is distinct from t.link_user_id;
  end loop;
  if pg_catalog.cardinality(v_owners) = 0 then
    return;
  end if;

  -- By number, in their order: what it is sealed with, which is the same for whoever
  -- holds it, and whether it is silent.
  v_numbers := contact_sync_book_key_numbers(array(
    select distinct on (c.phone_key) c.owner_id
      from unnest(v_owners, v_keys) as c (owner_id, phone_key)
     order by c.phone_key));
  v_silent := array(
    select coalesce(d.is_silent, false)
      from (select distinct pg_catalog.unnest(v_keys)) as k (phone_key)
      left join phones d on d.phone_key = k.phone_key
     order by k.phone_key);

  insert into contact_sync_outbox (
    is_link, user_id, phone_key, key_number, is_silent, owner_ids, changed_at, due_at)
  with changed as (
    select c.owner_id, c.phone_key, c.old_user_id, c.new_user_id,
           dense_rank() over (order by c.phone_key) as place
      from unnest(v_owners, v_keys, v_old, v_new) as c (owner_id, phone_key, old_user_id, new_user_id)
  ), event as (
    select distinct false as is_link, c.old_user_id as user_id, c.phone_key, c.place, c.owner_id
      from changed c
     where c.old_user_id is not null
     union all
    select distinct true, c.new_user_id, c.phone_key, c.place, c.owner_id
      from changed c
     where c.new_user_id is not null
  ), numbered as (
    select e.is_link, e.user_id, e.phone_key, e.place, e.owner_id,
           (row_number() over (partition by e.is_link, e.user_id, e.phone_key order by e.owner_id) - 1::bigint) / 1000::bigint as part
      from event e
  ), message as (
    select n.is_link, n.user_id, n.phone_key, n.place,
           pg_catalog.array_agg(n.owner_id order by n.owner_id) as owner_ids
      from numbered n
     group by n.is_link, n.user_id, n.phone_key, n.place, n.part
  )
  select m.is_link, m.user_id, m.phone_key, v_numbers[m.place], v_silent[m.place], m.owner_ids, v_now, v_now
    from message m
   order by m.is_link, m.phone_key;
end
$$;
