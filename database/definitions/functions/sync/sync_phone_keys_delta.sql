-- Syncs what changed on a device since its last sync: p_added are numbers new to its
-- set, p_removed those gone from it, at most 10,000 of both together. p_sync_mark and
-- p_changes_cursor are what the last answer gave; the answer says what was done
-- (the counts are of the added), and whose link changed meanwhile, at most 1,000.
--
-- The same delta again, whose answer was lost, is answered again and writes nothing.
-- Any other mark than the present one changes nothing: SYNC_TOKEN_EXPIRED, and so
-- does a set that is not what the device says: SYNC_DIGEST_MISMATCH. The cure of both
-- is a full sync. Nothing added or removed: nothing is locked or written (but once a
-- day that the device was seen), and it takes as long for any book. Guarded and
-- charged like any sync. p_device_contacts_count is what the device has in all, for
-- the owner's status; NULL leaves what is known. p_signs is what it is in
-- sync_phone_keys(). For service_role.
create function sync_phone_keys_delta(
  p_owner_id              uuid,
  p_device_id             text,
  p_sync_mark             uuid,
  p_added                 uuid[],
  p_removed               uuid[],
  p_changes_cursor        text,
  p_confirm_removal       boolean default false,
  p_budget                boolean default true,
  p_device_contacts_count integer default null,
  p_signs                 jsonb   default null)
returns contact_sync_delta_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now        constant timestamptz := clock_timestamp();
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_added      uuid[];
  v_removed    uuid[];
  v_applied    contact_sync_delta_result;
  v_result     contact_sync_result;
  v_changes    contact_sync_changes;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_sync_mark is not null, 'p_sync_mark');
  perform contact_sync_require(p_changes_cursor is not null, 'p_changes_cursor');
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_device_id(p_device_id);
  perform contact_sync_read_signs(p_signs);
  v_added := contact_sync_distinct_keys(p_added);
  v_removed := contact_sync_distinct_keys(p_removed);
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_added) + pg_catalog.cardinality(p_removed));

  if pg_catalog.cardinality(v_added) + pg_catalog.cardinality(v_removed) > 0 then
    perform contact_sync_choose_place(p_owner_id);
    select s.*
      into v_applied
      from contact_sync_apply_delta(
             p_owner_id, p_device_id, p_sync_mark, v_added, v_removed,
             pg_catalog.cardinality(p_added) + pg_catalog.cardinality(p_removed)
               - pg_catalog.cardinality(v_added) - pg_catalog.cardinality(v_removed),
             p_changes_cursor, p_confirm_removal, p_budget, p_device_contacts_count, p_signs, v_key_number) as s;
    return v_applied;
  end if;

  v_changes := (
    select coalesce(u.changes, row('{}', '{}', '{}', u.changes_cursor, false, false)::contact_sync_changes)
      from contact_sync_unchanged_delta(p_owner_id, p_device_id, p_sync_mark, p_changes_cursor) as u);
  v_result := row(0, 0, 0, 0, contact_sync_milliseconds_since(v_now), 1, 0, 0, 0, '{}', '{}',
                  null, null, null, p_sync_mark, v_changes.changes_cursor, '{}')::contact_sync_result;
  return row(v_result, v_changes)::contact_sync_delta_result;
end
$$;
