-- Gives those of an owner's devices a new mark whose bit is in p_held_by: their
-- sets have changed, and what they know of them is no longer so. The caller holds
-- the owner's lock.
create function contact_sync_change_marks(p_owner_id uuid, p_held_by smallint)
returns void
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
  v_mark constant uuid := gen_random_uuid();
begin
  update contact_sync_devices d
     set sync_mark = v_mark
   where d.owner_id = p_owner_id
     and (1 << d.slot::integer) & p_held_by::integer <> 0;
end
$$;
