-- contact_sync_numbers_to_relink() on Citus: each shard tells of its own books.
create function contact_sync_cluster_numbers_to_relink(p_phone_keys uuid[])
returns uuid[]
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
  return array(
    select distinct c.phone_key
      from contacts_with_accounts c
      join phones d on d.phone_key = c.phone_key
     where c.phone_key = any (p_phone_keys)
       and (   d.linked_user_id is null
            or c.link_given
            or c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)));
end
$$;
