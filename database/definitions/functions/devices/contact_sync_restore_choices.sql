-- Gives contacts that have come back what was chosen for them before: those of the
-- arrays, which run in parallel, have just been stored. p_favorites is what the
-- call itself said of them, or NULL. The caller holds the owners' locks.
create function contact_sync_restore_choices(
  p_owner_ids  uuid[],
  p_phone_keys uuid[],
  p_favorites  boolean[])
returns void
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
declare
  v_since        timestamptz;
  v_group        uuid[];
  v_owners       uuid[];
  v_keys         uuid[];
  v_favorites    boolean[];
  v_interactions timestamptz[];
begin
  if not exists (select from contact_sync_kept_choices k where k.owner_id = any (p_owner_ids)) then
    return;
  end if;
  v_since := clock_timestamp() - set_choice_retention(null::integer)::float8 * interval '1 day';
  for v_group in select g.owner_ids from contact_sync_owner_groups(p_owner_ids) as g (owner_ids) loop
    with returned as (
      delete from contact_sync_kept_choices k
       using unnest(p_owner_ids, p_phone_keys, p_favorites) as n (owner_id, phone_key, is_favorite)
       where k.owner_id = n.owner_id
         and k.phone_key = n.phone_key
         and (v_group is null or k.owner_id = any (v_group))
      returning k.owner_id, k.phone_key, coalesce(n.is_favorite, k.is_favorite) as is_favorite,
                k.last_interaction, k.removed_at
    )
    select pg_catalog.array_agg(r.owner_id), pg_catalog.array_agg(r.phone_key),
           pg_catalog.array_agg(r.is_favorite), pg_catalog.array_agg(r.last_interaction)
      into v_owners, v_keys, v_favorites, v_interactions
      from returned r
     where r.removed_at > v_since
       and (r.is_favorite or r.last_interaction is not null); -- the others are as they should be

    update contacts_with_accounts c
       set is_favorite = r.is_favorite,
           last_interaction = greatest(c.last_interaction, r.last_interaction)
      from unnest(v_owners, v_keys, v_favorites, v_interactions)
           as r (owner_id, phone_key, is_favorite, last_interaction)
     where c.owner_id = r.owner_id
       and c.phone_key = r.phone_key
       and (v_group is null or c.owner_id = any (v_group));
  end loop;
end
$$;
