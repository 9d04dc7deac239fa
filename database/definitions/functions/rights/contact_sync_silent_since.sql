-- Whether an owner was not heard of since a moment: no sync, no failed one, and none of
-- their devices.
create function contact_sync_silent_since(p_owner_id uuid, p_moment timestamptz)
returns boolean
language sql stable
set search_path from current
set jit = off
as $$
  select coalesce((
    select coalesce(s.last_sync_at, s.created_at) < p_moment
       and s.updated_at < p_moment
       and not exists (select
                         from contact_sync_devices d
                        where d.owner_id = p_owner_id
                          and d.last_seen_at >= p_moment)
      from contact_sync_status s
     where s.owner_id = p_owner_id), false)
$$;
