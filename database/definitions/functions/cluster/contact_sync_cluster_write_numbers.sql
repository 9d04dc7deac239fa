-- contact_sync_write_numbers() on Citus, where no other statement can go on with what an
-- insert returns: row by row.
create function contact_sync_cluster_write_numbers(
  p_phone_keys  uuid[],
  p_user_ids    uuid[],
  p_verified_at timestamptz[],
  p_now         timestamptz,
  p_is_silent   boolean,
  p_key_number  smallint)
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
declare
  v_keys     uuid[];
  v_users    uuid[];
  v_times    timestamptz[];
  v_key      uuid;
  v_changed  uuid[] := '{}';
begin
  select pg_catalog.array_agg(g.phone_key order by g.phone_key),
         pg_catalog.array_agg(g.user_id order by g.phone_key),
         pg_catalog.array_agg(g.verified_at order by g.phone_key)
    into v_keys, v_users, v_times
    from (select distinct on (g.phone_key) g.phone_key, g.user_id, coalesce(g.verified_at, p_now) as verified_at
            from unnest(p_phone_keys, p_user_ids, p_verified_at) with ordinality
                 as g (phone_key, user_id, verified_at, position)
           order by g.phone_key, coalesce(g.verified_at, p_now) desc, g.position desc) as g;
  for v_key in
    insert into phones as d (phone_key, linked_user_id, verified_at, is_silent, key_number)
    select g.phone_key, g.user_id, g.verified_at, p_is_silent, p_key_number
      from unnest(v_keys, v_users, v_times) as g (phone_key, user_id, verified_at)
     order by g.phone_key
        on conflict (phone_key) do update
       set linked_user_id = excluded.linked_user_id,
           verified_at = excluded.verified_at,
           is_silent = excluded.is_silent
     where d.verified_at < excluded.verified_at
    returning d.phone_key
  loop
    v_changed := v_changed operator(pg_catalog.||) v_key;
  end loop;
  v_changed := array(select pg_catalog.unnest(v_changed) order by 1);
  return case when pg_catalog.cardinality(v_changed) > 0 then v_changed end;
end
$$;
