-- Which key the books of some owners are sealed with, in the order given; of one who
-- has none, which key it would be. For service_role.
create function contact_sync_book_key_numbers(p_owner_ids uuid[])
returns smallint[]
language plpgsql volatile
set search_path from current
-- planner profile: by sorted keys
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_new     constant smallint := contact_sync_new_key_number();
  v_group   uuid[];
  v_known   uuid[] := '{}';
  v_numbers smallint[] := '{}';
begin
  perform contact_sync_require_all(p_owner_ids, 'p_owner_ids');
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    select v_known operator(pg_catalog.||) coalesce(pg_catalog.array_agg(s.owner_id), '{}'),
           v_numbers operator(pg_catalog.||) coalesce(pg_catalog.array_agg(s.key_number), '{}')
      into v_known, v_numbers
      from contact_sync_status s
     where s.owner_id = any (coalesce(v_group, p_owner_ids));
  end loop;
  return array(
    select coalesce(k.key_number, v_new)
      from pg_catalog.unnest(p_owner_ids) with ordinality as o (id, place)
      left join unnest(v_known, v_numbers) as k (owner_id, key_number) on k.owner_id = o.id
     order by o.place);
end
$$;
