-- Who has locked these owners, or had: the transaction that the owner's row names, by its
-- id as of contact_sync_running_transactions(). On Citus, by the node where the row lies
-- (contact_sync_cluster_owner_lockers()).
create function contact_sync_owner_lockers(
  p_owner_ids uuid[],
  out owner_id uuid,
  out locker   bigint)
returns setof record
language plpgsql volatile
set search_path from current
-- planner profile: by index and bitmap
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = on
set jit = off
as $$
begin
  return query
    select s.owner_id, s.xmax::text::bigint
      from contact_sync_status s
     where s.owner_id = any (p_owner_ids);
end
$$;
