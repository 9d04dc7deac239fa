-- Messages of the outbox that are sealed with another key than the one in force, and their
-- phone keys, at most p_max. For service_role.
create function contact_sync_messages_to_move(
  p_max integer,
  out message_ids uuid[],
  out phone_keys  uuid[])
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
  perform contact_sync_require(p_max is not null, 'p_max');
  select coalesce(pg_catalog.array_agg(m.message_id), '{}'), coalesce(pg_catalog.array_agg(m.phone_key), '{}')
    into message_ids, phone_keys
    from (select o.message_id, o.phone_key
            from contact_sync_outbox o
           where o.key_number <> v_number
           limit p_max) as m;
end
$$;
