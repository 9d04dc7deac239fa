-- All phone keys that a device holds, 16 bytes each, in key order: what the server
-- makes the digest of. NULL when the device's mark is another by now.
-- For service_role.
create function contact_sync_device_keys(
  p_owner_id  uuid,
  p_device_id text,
  p_sync_mark uuid)
returns bytea
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
  v_bit smallint;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_device_id is not null, 'p_device_id');
  perform contact_sync_require(p_sync_mark is not null, 'p_sync_mark');
  select (1 << d.slot::integer)::smallint
    into v_bit
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id
     and d.sync_mark = p_sync_mark;
  if not found then
    return null;
  end if;
  return coalesce((select string_agg(uuid_send(h.phone_key), ''::bytea order by h.phone_key)
                     from (select c.phone_key
                             from contacts_with_accounts c
                            where c.owner_id = p_owner_id
                              and c.held_by & v_bit <> 0::smallint
                            order by c.phone_key) as h), ''::bytea);
end
$$;
