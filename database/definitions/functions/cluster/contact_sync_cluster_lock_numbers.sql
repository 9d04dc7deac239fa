-- contact_sync_lock_numbers() on Citus: in the coordinator's own copy of the directory, which
-- every change of it writes to. Asked of the reference table, "for update" locks all of it
-- on all nodes until the transaction ends.
create function contact_sync_cluster_lock_numbers(
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
  execute pg_catalog.format(
    'select pg_catalog.array_agg(o.phone_key), pg_catalog.array_agg(o.linked_user_id)
       from (select d.phone_key, d.linked_user_id
               from %I.%I d
              where d.phone_key = any ($1)
              order by d.phone_key
                for update) as o',
    current_schema(), contact_sync_copy_of('phones'))
    into phone_keys, user_ids
    using p_phone_keys;
end
$$;
