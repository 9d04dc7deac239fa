-- The slot of a device that syncs, which is made known if it is not yet. is_heir:
-- the owner had 14 already, and it takes the slot of the one that has been silent
-- longest; in its first snapshot the other's set becomes its own, and a merge
-- begins without it (contacts_removed is what that took). The caller holds the
-- owner's lock.
create function contact_sync_use_device(
  p_owner_id  uuid,
  p_device_id text,
  p_mode      text,
  out slot             smallint,
  out is_known         boolean,
  out is_heir          boolean,
  out contacts_removed integer)
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
  v_silent_id text;
begin
  is_known := true;
  is_heir := false;
  contacts_removed := 0;
  select d.slot
    into slot
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  if found then
    return;
  end if;

  is_known := false;
  select min(f.slot)
    into slot
    from (select n.slot::smallint as slot
            from generate_series(1, 14) as n (slot)
          except
          select d.slot
            from contact_sync_devices d
           where d.owner_id = p_owner_id) as f;
  if slot is null then
    select d.device_id, d.slot
      into v_silent_id, slot
      from contact_sync_devices d
     where d.owner_id = p_owner_id
     order by d.last_seen_at, d.device_id
     limit 1;
    is_heir := true;
    if p_mode = 'merge' then
      contacts_removed := contact_sync_clear_slot(p_owner_id, slot);
    end if;
    delete from contact_sync_devices d
     where d.owner_id = p_owner_id
       and d.device_id = v_silent_id;
  end if;
  insert into contact_sync_devices (owner_id, device_id, slot, sync_mark)
  values (p_owner_id, p_device_id, slot, gen_random_uuid());
end
$$;
