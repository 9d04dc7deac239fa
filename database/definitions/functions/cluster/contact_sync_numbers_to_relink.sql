-- Which of these numbers of the directory are in somebody's book with another link than
-- they should have, or are forgotten and in somebody's book: of each number, no further book
-- is looked at than the first such. On Citus see contact_sync_cluster_numbers_to_relink().
create function contact_sync_numbers_to_relink(p_phone_keys uuid[])
returns uuid[]
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
begin
  return array(
    select k.phone_key
      from (select d.phone_key, d.linked_user_id as user_id
              from pg_catalog.unnest(p_phone_keys) as u (phone_key)
              join phones d on d.phone_key = u.phone_key
            offset 0) as k
     where exists (select
                     from contacts_with_accounts c
                    where c.phone_key = k.phone_key
                      and (   k.user_id is null
                           or c.link_given
                           or c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, k.user_id, c.linked_user_id))));
end
$$;
