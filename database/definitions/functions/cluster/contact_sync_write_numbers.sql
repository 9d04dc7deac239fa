-- Writes verified numbers into the directory, in key order: of a number that comes twice,
-- and against what is on record, the newest verification counts (NULL: p_now). Returns the
-- numbers that it has changed, in order. On Citus see contact_sync_cluster_write_numbers().
create function contact_sync_write_numbers(
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
  v_changed uuid[];
begin
  with given as (
    select distinct on (g.phone_key) g.phone_key, g.user_id, coalesce(g.verified_at, p_now) as verified_at
      from unnest(p_phone_keys, p_user_ids, p_verified_at) with ordinality
           as g (phone_key, user_id, verified_at, position)
     order by g.phone_key, coalesce(g.verified_at, p_now) desc, g.position desc
  ), written as (
    insert into phones as d (phone_key, linked_user_id, verified_at, is_silent, key_number)
    select g.phone_key, g.user_id, g.verified_at, p_is_silent, p_key_number
      from given g
     order by g.phone_key
        on conflict (phone_key) do update
       set linked_user_id = excluded.linked_user_id,
           verified_at = excluded.verified_at,
           is_silent = excluded.is_silent
     where d.verified_at < excluded.verified_at
    returning d.phone_key
  )
  select pg_catalog.array_agg(w.phone_key order by w.phone_key)
    into v_changed
    from written w;
  return v_changed;
end
$$;
