-- Contacts whose stored link is not what the directory says, of some numbers,
-- number by number in their order: the number's place, counted from 1, and the
-- owner. At most p_limit. p_are_gone runs in parallel: of a number that is gone, the
-- directory's entry counts for nothing.
--
-- A number may be in one book or in everybody's. Each is looked up by itself,
-- and no further one once there are enough; that is what the planner must not
-- turn round.
create function contact_sync_stale_contacts(
  p_phone_keys uuid[],
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
    from (select u.phone_key, u.place,
                 (select d.linked_user_id from phones d where d.phone_key = u.phone_key and not u.is_gone) as user_id
            from unnest(p_phone_keys, p_are_gone) with ordinality as u (phone_key, is_gone, place)
          offset 0) as k
   cross join lateral (
           select c.owner_id
             from contacts_with_accounts c
            where c.phone_key = k.phone_key
              and case
                    when k.user_id is null then c.linked_user_id is not null and not c.link_given
                    else c.link_given or c.linked_user_id is distinct from nullif(k.user_id, c.owner_id)
                  end
           offset 0
         ) as s
   limit p_limit
$$;
