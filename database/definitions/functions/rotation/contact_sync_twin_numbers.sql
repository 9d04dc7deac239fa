-- Gives numbers of the directory their second row, by the next key; those that have left
-- meanwhile get none, those that have it keep it. The arrays run in parallel. Returns how
-- many it gave. For service_role.
create function contact_sync_twin_numbers(p_phone_keys uuid[], p_next_phone_keys uuid[])
returns integer
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
  v_number smallint;
  v_count  integer;
begin
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_check_next_keys(p_phone_keys, p_next_phone_keys);

  v_number := contact_sync_key_number();
  -- As link_phones() locks them: what is copied is what stands until this commits.
  perform from contact_sync_lock_numbers(p_phone_keys);
  insert into phones (phone_key, linked_user_id, verified_at, is_silent, key_number)
  select g.next_key, d.linked_user_id, d.verified_at, d.is_silent, v_number + 1::smallint
    from unnest(p_phone_keys, p_next_phone_keys) as g (phone_key, next_key)
    join phones d on d.phone_key = g.phone_key
   where d.key_number = v_number
     -- which counts what is given, also on Citus; nobody else gives one to a number locked here
     and not exists (select 1 from phones t where t.phone_key = g.next_key)
   order by g.next_key
      on conflict (phone_key) do nothing;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
