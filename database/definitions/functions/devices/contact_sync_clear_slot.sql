-- Takes a device's set away, and with it the contacts that nobody else holds;
-- returns how many. The caller holds the owner's lock.
create function contact_sync_clear_slot(p_owner_id uuid, p_slot smallint)
returns integer
language plpgsql volatile
set search_path from current
-- planner profile: by sorted keys
set plan_cache_mode = force_generic_plan
set enable_nestloop = off
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_bit  constant smallint := (1 << p_slot::integer)::smallint;
  v_held uuid[];
  v_gone uuid[];
begin
  select coalesce(pg_catalog.array_agg(h.phone_key), '{}'),
         coalesce(pg_catalog.array_agg(h.phone_key) filter (where h.held_by = v_bit), '{}')
    into v_held, v_gone
    from (select c.phone_key, c.held_by
            from contacts_with_accounts c
           where c.owner_id = p_owner_id
             and c.held_by & v_bit <> 0::smallint
           order by c.phone_key) as h;
  return contact_sync_release_contacts(p_owner_id, p_slot, v_held, v_gone);
end
$$;
