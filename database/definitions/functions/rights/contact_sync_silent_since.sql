-- Whether an owner was not heard of since a moment: no sync, no failed one, and none of
-- their devices.
create function contact_sync_silent_since(p_owner_id uuid, p_moment timestamptz)
returns boolean
language plpgsql stable
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
  v_is_silent boolean;
begin
  v_is_silent := (
    select coalesce(s.last_sync_at, s.created_at) < p_moment
       and s.updated_at < p_moment
       and not exists (select 1
                         from contact_sync_devices d
                        where d.owner_id = p_owner_id
                          and d.last_seen_at >= p_moment)
      from contact_sync_status s
     where s.owner_id = p_owner_id);
  return coalesce(v_is_silent, false);
end
$$;
