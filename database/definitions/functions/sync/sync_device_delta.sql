-- What changed on a device since its last sync, by phone hashes: those new to its set
-- and those gone from it, at most 10,000 of both together. p_sync_mark and
-- p_changes_cursor (NULL: nothing is asked about changes) are what its last sync gave;
-- what it is answered goes into the next. SYNC_TOKEN_EXPIRED and SYNC_DIGEST_MISMATCH
-- change nothing; the cure of both is sync_device_contacts(). Sent again with the same
-- mark, it is answered again. A signed-in user may call it for themself in a database
-- recorded as unsealed.
-- For the owner and service_role.
create function sync_device_delta(
  p_owner_id        uuid,
  p_device_id       text,
  p_sync_mark       uuid,
  p_added           text[],
  p_removed         text[],
  p_changes_cursor  text    default null,
  p_confirm_removal boolean default false)
returns contact_sync_delta_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_sync_device_delta(
      p_owner_id, p_device_id, p_sync_mark, p_added, p_removed, p_changes_cursor, p_confirm_removal);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_added is not null, 'p_added');
  perform contact_sync_require(p_removed is not null, 'p_removed');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_added) + pg_catalog.cardinality(p_removed));
  return sync_phone_keys_delta(
    p_owner_id, p_device_id, p_sync_mark,
    contact_sync_parse_hashes(p_added), contact_sync_parse_hashes(p_removed),
    coalesce(p_changes_cursor, contact_sync_present_cursor(p_owner_id)),
    p_confirm_removal, true, null::integer, null::jsonb);
end
$$;
