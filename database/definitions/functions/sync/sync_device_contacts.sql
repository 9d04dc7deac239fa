-- sync_user_contacts() for a device: 'replace' is the device's snapshot and removes
-- contacts that nothing else holds, 'merge' adds to its set. What the result says of
-- sync_mark and changes_cursor is what the device's next sync_device_delta() begins
-- with. A signed-in user may call it for themself in a database recorded as
-- unsealed.
-- For the owner and service_role.
create function sync_device_contacts(
  p_owner_id              uuid,
  p_device_id             text,
  p_phone_hashes          text[],
  p_device_contacts_count integer,
  p_batch_size            integer default 500,
  p_mode                  text    default 'replace',
  p_confirm_removal       boolean default false)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_sync_device_contacts(
      p_owner_id, p_device_id, p_phone_hashes, p_device_contacts_count, p_batch_size, p_mode, p_confirm_removal);
  end if;
  perform contact_sync_check_device_id(p_device_id);
  perform contact_sync_require(p_phone_hashes is not null, 'p_phone_hashes');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_hashes));
  return sync_phone_keys(
    p_owner_id, contact_sync_parse_hashes(p_phone_hashes), p_device_contacts_count,
    p_batch_size, p_mode, p_confirm_removal, true, p_device_id, null::jsonb);
end
$$;
