-- Moves messages of the outbox to the key in force; the arrays run in parallel.
-- For service_role.
create function contact_sync_move_messages(p_message_ids uuid[], p_phone_keys uuid[])
returns void
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
  v_number constant smallint := contact_sync_key_number();
begin
  perform contact_sync_require_all(p_message_ids, 'p_message_ids');
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  update contact_sync_outbox o
     set phone_key = m.phone_key,
         key_number = v_number
    from unnest(p_message_ids, p_phone_keys) as m (message_id, phone_key)
   where o.message_id = m.message_id
     and o.key_number <> v_number;
end
$$;
