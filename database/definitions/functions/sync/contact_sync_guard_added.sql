-- Refuses, unless it is confirmed, that p_gone_keys leave a book of p_stored if
-- those are more than half of it, with or without what streams have added to it
-- that nothing has settled: this one (p_stream_id), and those that were not
-- finished. The caller holds the owner's lock.
create function contact_sync_guard_added(
  p_owner_id        uuid,
  p_gone_keys       uuid[],
  p_stored          integer,
  p_confirm_removal boolean,
  p_stream_id       uuid)
returns void
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
  v_added_keys uuid[];
begin
  if p_confirm_removal then
    return;
  end if;
  perform contact_sync_guard_removal(pg_catalog.cardinality(p_gone_keys), p_stored, false, false);

  v_added_keys := array(select k.phone_key
                          from contact_sync_streams t
                          join contact_sync_staged_keys k on k.owner_id = t.owner_id and k.stream_id = t.stream_id
                         where t.owner_id = p_owner_id
                           and (not t.is_settled or t.stream_id = p_stream_id)
                           and k.is_new);
  if pg_catalog.cardinality(v_added_keys) > 0 then
    v_added_keys := array(select c.phone_key
                            from contacts_with_accounts c
                           where c.owner_id = p_owner_id
                             and c.phone_key = any (v_added_keys));
    perform contact_sync_guard_removal(
      pg_catalog.cardinality(array(select pg_catalog.unnest(p_gone_keys) except select pg_catalog.unnest(v_added_keys))),
      p_stored - pg_catalog.cardinality(v_added_keys),
      false, false);
  end if;
end
$$;
