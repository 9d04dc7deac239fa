-- Deletes rows of the directory that are sealed with another key than the one in force, the
-- first p_max after p_after in key order (NULL: from the first). last_phone_key is where
-- the next stretch begins; NULL when there is none. For service_role.
create function contact_sync_drop_old_numbers(
  p_after uuid,
  p_max   integer,
  out numbers_dropped integer,
  out last_phone_key  uuid)
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
  v_keys   uuid[];
begin
  perform contact_sync_require(p_max is not null, 'p_max');
  v_keys := array(
    select d.phone_key
      from phones d
     where d.phone_key >= coalesce(p_after, '00000000-0000-0000-0000-000000000000'::uuid)
       and d.phone_key is distinct from p_after
       and d.key_number <> v_number
     order by d.phone_key
     limit p_max);
  perform from contact_sync_lock_numbers(v_keys);
  numbers_dropped := pg_catalog.cardinality(v_keys);
  last_phone_key := case when numbers_dropped = p_max then v_keys[p_max] end;
  delete from phones d
   where d.phone_key = any (v_keys)
     and d.key_number <> v_number;
end
$$;
