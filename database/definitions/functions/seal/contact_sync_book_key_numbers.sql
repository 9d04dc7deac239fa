-- Which key the books of some owners are sealed with, in the order given; of one who
-- has none, which key it would be. For service_role.
create function contact_sync_book_key_numbers(p_owner_ids uuid[])
returns smallint[]
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
  v_new constant smallint := contact_sync_new_key_number();
begin
  perform contact_sync_require_all(p_owner_ids, 'p_owner_ids');
  return array(
    select coalesce((select s.key_number from contact_sync_status s where s.owner_id = o.id), v_new)
      from pg_catalog.unnest(p_owner_ids) with ordinality as o (id, place)
     order by o.place);
end
$$;
