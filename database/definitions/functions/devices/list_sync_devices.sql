-- The devices an owner syncs from, the one heard of last first, and how many
-- contacts each holds.
-- For the owner and service_role.
create function list_sync_devices(
  p_owner_id uuid,
  out device_id      text,
  out created_at     timestamptz,
  out last_seen_at   timestamptz,
  out contacts_count integer)
returns setof record
language plpgsql stable
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
  if not contact_sync_is_trusted_caller() then
    return query select o.* from contact_sync_own_list_sync_devices(p_owner_id) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  return query
    with held as materialized (
      select c.held_by, count(*) as contacts
        from contacts_with_accounts c
       where c.owner_id = p_owner_id
       group by c.held_by
    )
    select d.device_id, d.created_at, d.last_seen_at,
           coalesce((select sum(h.contacts)
                       from held h
                      where h.held_by::integer & (1 << d.slot::integer) <> 0), 0)::integer
      from contact_sync_devices d
     where d.owner_id = p_owner_id
     order by d.last_seen_at desc, d.device_id;
end
$$;
