-- A device lets go of some of an owner's contacts: who is held by nobody else
-- leaves the book, the others lose the device's bit. What it may let go of has been
-- decided (contact_sync_remove_missing()); p_gone_keys are those that nobody else
-- has. Returns how many left. The caller holds the owner's lock.
create function contact_sync_release_contacts(
  p_owner_id   uuid,
  p_slot       smallint,
  p_phone_keys uuid[],
  p_gone_keys  uuid[])
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
  v_bit     constant smallint := (1 << p_slot::integer)::smallint;
  v_removed integer := 0;
begin
  if pg_catalog.cardinality(p_gone_keys) > 0 then
    v_removed := contact_sync_remove_contacts(p_owner_id, p_gone_keys, true);
  end if;
  if pg_catalog.cardinality(p_phone_keys) > pg_catalog.cardinality(p_gone_keys) then
    update contacts_with_accounts c
       set held_by = c.held_by & ~v_bit
     where c.owner_id = p_owner_id
       and c.phone_key = any (p_phone_keys)
       and c.held_by & v_bit <> 0::smallint;
    perform contact_sync_change_marks(p_owner_id, v_bit);
  end if;
  return v_removed;
end
$$;
