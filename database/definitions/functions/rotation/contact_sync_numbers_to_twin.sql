-- Numbers of the directory by the key in force, p_max after p_after in key order (NULL:
-- from the first). For service_role.
create function contact_sync_numbers_to_twin(p_after uuid, p_max integer)
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
declare
  v_number constant smallint := contact_sync_key_number();
begin
  perform contact_sync_require(p_max is not null, 'p_max');
  return array(
    select d.phone_key
      from phones d
     where d.phone_key >= coalesce(p_after, '00000000-0000-0000-0000-000000000000'::uuid)
       and d.phone_key is distinct from p_after
       and d.key_number = v_number
     order by d.phone_key
     limit p_max);
end
$$;
