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
begin
  with dropped as (
    delete from contact_sync_streams t
     where t.last_chunk_at < now() - interval '1 day'
       and (p_owner_id is null or t.owner_id = p_owner_id)
    returning t.owner_id, t.stream_id
  )
  delete from contact_sync_staged_keys k
   using dropped d
   where k.owner_id = d.owner_id
     and k.stream_id = d.stream_id;
end
$$;
