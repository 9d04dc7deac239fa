-- Lifts the forgetting of a number: syncs store it again from now on. Those who had it
-- in their address book have it in their book again with their next full sync. False
-- when it was not forgotten. p_next_phone_key is the same number by the next key, as of
-- link_phones(). For service_role.
create function lift_forgotten_phone(
  p_phone_key      uuid,
  p_next_phone_key uuid default null)
returns boolean
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
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_check_next_keys(
    array[p_phone_key], case when p_next_phone_key is not null then array[p_next_phone_key] end);
  delete from phones d
   where d.phone_key = any (array[p_phone_key, p_next_phone_key])
     and d.linked_user_id is null;
  return found;
end
$$;
