-- Drops sessions that have not been heard of for a day, with their parts: an
-- owner's, or (NULL) anybody's.
create function contact_sync_drop_sessions(p_owner_id uuid)
returns void
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
  v_owners   uuid[];
  v_sessions uuid[];
  v_group    uuid[];
begin
  with dropped as (
    delete from contact_sync_sessions e
     where e.last_part_at < now() - interval '1 day'
       and (p_owner_id is null or e.owner_id = p_owner_id)
    returning e.owner_id, e.session_id
  )
  select pg_catalog.array_agg(d.owner_id), pg_catalog.array_agg(d.session_id)
    into v_owners, v_sessions
    from dropped d;
  if v_owners is null then
    return;
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    delete from contact_sync_session_parts p
     using unnest(v_owners, v_sessions) as d (owner_id, session_id)
     where p.owner_id = d.owner_id
       and p.session_id = d.session_id
       and (v_group is null or p.owner_id = any (v_group));
  end loop;
end
$$;
