-- Contacts whose stored link is not what the directory says, of some numbers,
-- number by number in their order: the number's place, counted from 1, and the
-- owner. At most p_limit. Two more arrays run in parallel: p_owner_ids, of which
-- owner alone (NULL: of all), and p_are_gone: of a number that is gone, the
-- directory's entry counts for nothing, and of one owner a link that was given neither.
-- All who hold a number that was forgotten are
-- stale.
--
-- A number may be in one book or in everybody's. Each is looked up by itself,
-- and no further one once there are enough; that is what the planner must not
-- turn round.
create function contact_sync_stale_contacts(
  p_phone_keys uuid[],
  p_owner_ids  uuid[],
  p_are_gone   boolean[],
  p_limit      integer,
  out place    integer,
  out owner_id uuid)
returns setof record
language sql volatile
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
  select k.place::integer, s.owner_id
    from (select u.phone_key, u.owner_id, u.is_gone, u.place,
                 d.phone_key is not null as is_in_directory,
                 d.linked_user_id as user_id,
                 -- or else it is the same for all who hold the number
                 d.linked_user_id is not null and contact_sync_asks_consent(d.linked_user_id) as asks_consent
            from unnest(p_phone_keys, p_owner_ids, p_are_gone) with ordinality as u (phone_key, owner_id, is_gone, place)
            left join phones d on d.phone_key = u.phone_key and not u.is_gone
          offset 0) as k
   cross join lateral (
           select c.owner_id
             from (select a.owner_id, a.linked_user_id, a.link_given
                     from contacts_with_accounts a
                    where k.owner_id is null
                      and a.phone_key = k.phone_key
                    union all
                   select o.owner_id, o.linked_user_id, o.link_given
                     from contacts_with_accounts o
                    where o.owner_id = k.owner_id
                      and o.phone_key between k.phone_key and k.phone_key) as c
            where case
                    when not k.is_in_directory and c.link_given then
                      k.is_gone and k.owner_id is not null or not contact_sync_may_find(c.owner_id, c.linked_user_id)
                    when not k.is_in_directory then c.linked_user_id is not null
                    when k.user_id is null then true
                    when k.asks_consent then
                      c.link_given
                      or c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, k.user_id, c.linked_user_id)
                    else c.link_given or c.linked_user_id is distinct from nullif(k.user_id, c.owner_id)
                  end
              -- who is held gains nothing
              and (   c.linked_user_id is not null
                   or k.user_id is null
                   or not exists (select
                                    from contact_sync_status h
                                   where h.owner_id = c.owner_id
                                     and h.held_at is not null))
           offset 0
         ) as s
   limit p_limit
$$;
