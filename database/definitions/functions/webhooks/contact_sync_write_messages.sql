-- Writes to the outbox that links change, for contact_sync_announce() and whoever knows
-- the stored links by themself: row i of the four arrays is an owner, a number, the user
-- who loses the link and the user who gets it, NULL for nobody; the two differ.
--
-- The two users are a message each; one message names up to 1,000 owners of one number.
-- Silent is what the number's present entry in the directory says of who gets a link;
-- nobody loses one silently, or else who hides would be told from who left.
create function contact_sync_write_messages(
  p_owner_ids    uuid[],
  p_phone_keys   uuid[],
  p_old_user_ids uuid[],
  p_new_user_ids uuid[])
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
  v_numbers smallint[];
  v_silent  boolean[];
begin
  -- By number, in their order: what it is sealed with, which is the same for whoever
  -- holds it, and whether it is silent.
  v_numbers := contact_sync_book_key_numbers(array(
    select distinct on (c.phone_key) c.owner_id
      from unnest(p_owner_ids, p_phone_keys) as c (owner_id, phone_key)
     order by c.phone_key));
  v_silent := array(
    select coalesce(d.is_silent, false)
      from (select distinct pg_catalog.unnest(p_phone_keys)) as k (phone_key)
      left join phones d on d.phone_key = k.phone_key
     order by k.phone_key);

  insert into contact_sync_outbox (
    is_link, user_id, phone_key, key_number, is_silent, owner_ids, changed_at, due_at)
  with changed as (
    select c.owner_id, c.phone_key, c.old_user_id, c.new_user_id,
           dense_rank() over (order by c.phone_key) as place
      from unnest(p_owner_ids, p_phone_keys, p_old_user_ids, p_new_user_ids) as c (owner_id, phone_key, old_user_id, new_user_id)
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
  select m.is_link, m.user_id, m.phone_key, v_numbers[m.place], m.is_link and v_silent[m.place], m.owner_ids, v_now, v_now
    from message m
   order by m.is_link, m.phone_key;
end
$$;
