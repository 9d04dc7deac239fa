-- Locks those of these numbers that the directory has, in key order, for the rest of the
-- transaction, and returns them with their users (NULL: forgotten); NULLs where it has none.
-- On Citus, where that would lock out every other change of the directory, see
-- contact_sync_cluster_lock_numbers().
create function contact_sync_lock_numbers(
  p_phone_keys uuid[],
  out phone_keys uuid[],
  out user_ids   uuid[])
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
  select pg_catalog.array_agg(o.phone_key), pg_catalog.array_agg(o.linked_user_id)
    into phone_keys, user_ids
    from (select d.phone_key, d.linked_user_id
            from phones d
           where d.phone_key = any (p_phone_keys)
           order by d.phone_key
             for update) as o;
end
$$;
