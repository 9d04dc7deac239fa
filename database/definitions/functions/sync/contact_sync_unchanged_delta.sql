-- A delta that adds and removes nothing: is the device's mark still the present one,
-- and whose link has changed? sync_phone_keys_delta() does this, and the library
-- calls it at once, because nearly every sync is one: two rows are looked at, by
-- their keys, and nothing is locked, or written but once a day that the device was
-- seen. changes is NULL where there are none, and the rest then says that all is as
-- it was. For service_role.
create function contact_sync_unchanged_delta(
  p_owner_id       uuid,
  p_device_id      text,
  p_sync_mark      uuid,
  p_changes_cursor text,
  out changes_cursor text,
  out changes        contact_sync_changes)
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
  v_mark     uuid;
  v_seen_at  timestamptz;
  v_key_no   text;
begin
  select d.sync_mark, d.last_seen_at, s.key_number::text,
         contact_sync_cursor(s.link_marks[1], s.link_number, null::uuid, s.contacts_count = 0)
    into v_mark, v_seen_at, v_key_no, changes_cursor
    from contact_sync_devices d
    join contact_sync_status s on s.owner_id = d.owner_id
   where d.owner_id = p_owner_id
     and d.device_id = p_device_id;
  -- as contact_sync_check_book_key(), of the row that is at hand
  if v_key_no <> nullif(nullif(current_setting('contact_sync.key_number', true), ''), 'any') then
    perform contact_sync_refuse_key();
  end if;
  if v_mark is distinct from p_sync_mark then
    perform contact_sync_token_expired();
  end if;
  if changes_cursor is distinct from p_changes_cursor then
    changes := contact_sync_read_changes(p_owner_id, p_changes_cursor, 1000);
    changes_cursor := changes.changes_cursor;
  end if;

  -- Only if nobody has the row.
  if v_seen_at < now() - interval '1 day' then
    update contact_sync_devices d
       set last_seen_at = now()
     where d.owner_id = p_owner_id
       and d.device_id = (select f.device_id
                            from contact_sync_devices f
                           where f.owner_id = p_owner_id
                             and f.device_id = p_device_id
                             and f.sync_mark = p_sync_mark
                             for update skip locked);
  end if;
end
$$;
