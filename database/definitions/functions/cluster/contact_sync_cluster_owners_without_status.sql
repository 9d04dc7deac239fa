-- contact_sync_owners_without_status() on Citus.
create function contact_sync_cluster_owners_without_status()
returns setof uuid
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
declare
  v_owner_ids uuid[];
begin
  v_owner_ids := array(select distinct c.owner_id from contacts_with_accounts c left join contact_sync_status s on s.owner_id = c.owner_id where s.owner_id is null)
    operator(pg_catalog.||) array(select distinct k.owner_id from contact_sync_kept_choices k left join contact_sync_status s on s.owner_id = k.owner_id where s.owner_id is null)
    operator(pg_catalog.||) array(select distinct t.owner_id from contact_sync_staged_keys t left join contact_sync_status s on s.owner_id = t.owner_id where s.owner_id is null)
    operator(pg_catalog.||) array(select distinct e.owner_id from contact_sync_sessions e left join contact_sync_status s on s.owner_id = e.owner_id where s.owner_id is null);
  return query
    select distinct o.id
      from pg_catalog.unnest(
             v_owner_ids
             operator(pg_catalog.||) array(
               select distinct r.owner_id from contact_sync_renewed_links r
               except
               select s.owner_id from contact_sync_status s)) as o (id)
     order by 1;
end
$$;
