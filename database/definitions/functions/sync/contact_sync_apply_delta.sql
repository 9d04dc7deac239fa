-- What sync_phone_keys_delta() does where something was added or removed
-- (contact_sync_choose_place()). The keys are sorted and distinct; p_duplicates is how
-- many of the received those were not.
create function contact_sync_apply_delta(
  p_owner_id              uuid,
  p_device_id             text,
  p_sync_mark             uuid,
  p_added                 uuid[],
  p_removed               uuid[],
  p_duplicates            integer,
  p_changes_cursor        text,
  p_confirm_removal       boolean,
  p_budget                boolean,
  p_device_contacts_count integer,
  p_signs                 jsonb,
  p_key_number            text)
returns contact_sync_delta_result
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
  v_started_at constant timestamptz := clock_timestamp();
  v_batch_size constant integer := 500;
  v_slot       smallint;
  v_bit        smallint;
  v_mark       uuid;
  v_next_mark  uuid;
  v_counts     integer[];
  v_stored     integer;
  v_held       uuid[];
  v_gone       uuid[];
  v_removed    integer := 0;
  v_changes    contact_sync_changes;
  v_result     contact_sync_result;
begin
  if p_added operator(pg_catalog.&&) p_removed then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: a number is among the added and among the removed',
      hint = 'Nothing was changed. Say what is so in the end.';
  end if;
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  select d.slot, d.sync_mark, array[d.delta_inserted, d.delta_updated, d.delta_removed]
    into v_slot, v_mark, v_counts
    from contact_sync_devices d
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  v_next_mark := contact_sync_mark_after(p_sync_mark, p_added, p_removed);
  if v_mark is distinct from p_sync_mark and v_mark is distinct from v_next_mark then
    perform contact_sync_token_expired();
  end if;
  v_bit := (1 << v_slot::integer)::smallint;
  v_changes := contact_sync_read_changes(p_owner_id, p_changes_cursor, 1000);

  if v_mark = p_sync_mark then
    -- Is the set what the device says it was?
    select coalesce(pg_catalog.array_agg(c.phone_key order by c.phone_key), '{}'),
           coalesce(pg_catalog.array_agg(c.phone_key order by c.phone_key) filter (where c.held_by = v_bit), '{}')
      into v_held, v_gone
      from contacts_with_accounts c
     where c.owner_id = p_owner_id
       and c.phone_key = any (p_removed)
       and c.held_by & v_bit <> 0::smallint;
    -- A number that was forgotten is in no book, and the device need not know.
    if pg_catalog.cardinality(v_held) <> pg_catalog.cardinality(p_removed)
       and exists (select 1
                     from (select pg_catalog.unnest(p_removed) except select pg_catalog.unnest(v_held)) as m (phone_key)
                    where not exists (select 1
                                        from phones d
                                       where d.phone_key = m.phone_key
                                         and d.linked_user_id is null
                                       limit 1)
                    limit 1)
       or exists (select 1
                    from contacts_with_accounts c
                   where c.owner_id = p_owner_id
                     and c.phone_key = any (p_added)
                     and c.held_by & v_bit <> 0::smallint
                   limit 1)
    then
      raise exception using
        errcode = 'YC031',
        message = 'SYNC_DIGEST_MISMATCH: the device holds other contacts than it says',
        hint = 'Nothing was changed. Send a full sync.';
    end if;

    if pg_catalog.cardinality(p_removed) > 0 then
      select s.contacts_count
        into v_stored
        from contact_sync_status s
       where s.owner_id = p_owner_id;
      perform contact_sync_guard_added(p_owner_id, v_gone, v_stored, p_confirm_removal, null::uuid);
    end if;
  end if;

  -- First remove, so that a full book has room.
  if v_mark = p_sync_mark then
    v_removed := contact_sync_release_contacts(p_owner_id, v_slot, v_held, v_gone);
  end if;
  v_result := contact_sync_merge(
    p_owner_id, p_added, v_batch_size, p_budget, null::uuid, v_bit,
    case when v_removed > 0 then contact_sync_with_removed(p_signs, v_removed) else p_signs end);
  if v_mark = p_sync_mark then
    v_result.contacts_removed := v_removed;
    update contact_sync_devices d
       set sync_mark = v_next_mark,
           delta_inserted = v_result.contacts_inserted,
           delta_updated = v_result.contacts_updated,
           delta_removed = v_result.contacts_removed,
           last_seen_at = v_started_at
     where d.owner_id = p_owner_id
       and d.device_id = p_device_id;
  else
    -- The answer was lost, and is given again.
    v_result.contacts_inserted := v_counts[1];
    v_result.contacts_updated := v_counts[2];
    v_result.contacts_unchanged := v_result.total_processed - v_counts[1] - v_counts[2];
    v_result.contacts_removed := v_counts[3];
  end if;

  -- What this call itself has changed, the device knows.
  if not v_changes.has_more then
    v_changes.changes_cursor := contact_sync_present_cursor(p_owner_id);
  end if;
  v_result.sync_mark := v_next_mark;
  v_result.changes_cursor := v_changes.changes_cursor;
  v_result.duplicates := p_duplicates;
  v_result.batch_size := v_batch_size;
  v_result.processing_time_ms := contact_sync_milliseconds_since(v_started_at);
  if v_mark = p_sync_mark then
    perform contact_sync_record_run(p_owner_id, v_started_at, 'delta', p_device_contacts_count, v_result);
  end if;
  return row(v_result, v_changes)::contact_sync_delta_result;
end
$$;
