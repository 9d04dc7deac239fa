-- Drops streams that have not been heard of for a day, with what they staged:
-- an owner's, or (NULL) anybody's. One whose chunks keep coming stays, however
-- long it takes.
create function contact_sync_drop_streams(p_owner_id uuid)
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
  v_streams  uuid[];
  v_group    uuid[];
begin
  with dropped as (
    delete from contact_sync_streams t
     where t.last_chunk_at < now() - interval '1 day'
       and (p_owner_id is null or t.owner_id = p_owner_id)
    returning t.owner_id, t.stream_id
  )
  select pg_catalog.array_agg(d.owner_id), pg_catalog.array_agg(d.stream_id)
    into v_owners, v_streams
    from dropped d;
  if v_owners is null then
    return;
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_owners) as g (owner_ids) loop
    delete from contact_sync_staged_keys k
     using unnest(v_owners, v_streams) as d (owner_id, stream_id)
     where k.owner_id = d.owner_id
       and k.stream_id = d.stream_id
       and (v_group is null or k.owner_id = any (v_group));
  end loop;
end
$$;
