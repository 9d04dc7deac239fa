-- Puts the next key in force, when there is no book of the one before any more; says whether
-- it is, or was already. To be asked when those have ended who may have begun a book before
-- books began to be moved (contact_sync_await_seal_readers()). For service_role.
create function contact_sync_switch_seal()
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
  select s.key_number into v_number from contact_sync_seal s where s.is_moving for update;
  if found and not exists (select 1 from contact_sync_status o where o.key_number = v_number limit 1) then
    update contact_sync_seal s
       set previous_key_id = s.key_id,
           key_id = s.next_key_id,
           check_value = s.next_check_value,
           key_number = s.key_number + 1::smallint,
           next_key_id = null,
           next_check_value = null,
           is_moving = false,
           user_id_secret = s.next_user_id_secret,
           next_user_id_secret = null
     where s.is_moving;
  end if;
  return not exists (select 1 from contact_sync_seal s where s.next_key_id is not null limit 1);
end
$$;
