-- Ends a change of the key, when nothing is left of the one before; says whether it has.
-- For service_role.
create function contact_sync_end_rotation()
returns boolean
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
  v_number smallint;
begin
  select s.key_number into v_number from contact_sync_seal s where s.previous_key_id is not null for update;
  if found
     and not exists (select 1 from contact_sync_status o where o.key_number <> v_number limit 1)
     and not exists (select 1 from phones d where d.key_number <> v_number limit 1)
     and not exists (select 1 from contact_sync_outbox m where m.key_number <> v_number limit 1)
     and not exists (select 1 from contact_sync_answers a where a.key_number <> v_number limit 1)
  then
    update contact_sync_seal s
       set previous_key_id = null
     where s.previous_key_id is not null;
  end if;
  return not exists (select 1 from contact_sync_seal s where s.previous_key_id is not null or s.next_key_id is not null limit 1);
end
$$;
