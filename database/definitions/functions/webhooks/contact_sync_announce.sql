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
  v_now constant timestamptz := clock_timestamp();
begin
  insert into contact_sync_outbox (
    is_link, user_id, phone_key, key_number, is_silent, owner_ids, changed_at, due_at)
  with changed as (
    select t.owner_id, t.phone_key, c.linked_user_id as old_user_id, t.link_user_id as new_user_id
      from unnest(p_owner_ids, p_phone_keys, p_link_user_ids) as t (owner_id, phone_key, link_user_id)
      -- Between and not equal: or else the planner may look up each owner among
      -- all who hold the number, instead of by the primary key.
      join contacts_with_accounts c
        on c.owner_id = t.owner_id
       and c.phone_key between t.phone_key and t.phone_key
     where c.linked_user_id is distinct from t.link_user_id
  ), event as (
    select distinct false as is_link, c.old_user_id as user_id, c.phone_key, c.owner_id
      from changed c
     where c.old_user_id is not null
     union all
    select distinct true, c.new_user_id, c.phone_key, c.owner_id
      from changed c
     where c.new_user_id is not null
  ), numbered as (
    select e.is_link, e.user_id, e.phone_key, e.owner_id,
           (row_number() over (partition by e.is_link, e.user_id, e.phone_key order by e.owner_id) - 1::bigint) / 1000::bigint as part
      from event e
  ), message as (
    select n.is_link, n.user_id, n.phone_key,
           pg_catalog.array_agg(n.owner_id order by n.owner_id) as owner_ids
      from numbered n
     group by n.is_link, n.user_id, n.phone_key, n.part
  )
  select m.is_link, m.user_id, m.phone_key,
         -- whoever holds the number by the same key
         coalesce((select s.key_number from contact_sync_status s where s.owner_id = m.owner_ids[1]), contact_sync_key_number()),
         coalesce((select d.is_silent from phones d where d.phone_key = m.phone_key), false),
         m.owner_ids, v_now, v_now
    from message m
   order by m.is_link, m.phone_key;
end
$$;
