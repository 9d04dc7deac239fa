-- contact_sync_stale_contacts() on Citus: asked of all shards at once, each of which tells
-- of its own books.
create function contact_sync_cluster_stale_contacts(
  p_phone_keys uuid[],
  p_owner_ids  uuid[],
  p_are_gone   boolean[],
  p_limit      integer,
  out place    integer,
  out owner_id uuid)
returns setof record
language plpgsql volatile
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
begin
  return query
    select u.place::integer, c.owner_id
      from contacts_with_accounts c
      join unnest(p_phone_keys, p_owner_ids, p_are_gone) with ordinality as u (phone_key, owner_id, is_gone, place)
        on u.phone_key = c.phone_key
       and (u.owner_id is null or u.owner_id = c.owner_id)
      left join phones d on d.phone_key = c.phone_key and not u.is_gone
      left join contact_sync_status h on h.owner_id = c.owner_id and h.held_at is not null
     where c.phone_key = any (p_phone_keys)
       and case
             when d.phone_key is null and c.link_given then
               u.is_gone and u.owner_id is not null or not contact_sync_may_find(c.owner_id, c.linked_user_id)
             when d.phone_key is null then c.linked_user_id is not null
             when d.linked_user_id is null then true
             when c.link_given then true
             else c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)
           end
       -- who is held gains nothing
       and (c.linked_user_id is not null or d.phone_key is not null and d.linked_user_id is null or h.owner_id is null)
     order by u.place, c.owner_id
     limit p_limit;
end
$$;
