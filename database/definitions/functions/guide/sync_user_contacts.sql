-- Syncs an owner's address book: stores the phone hashes that are new, links
-- those whose number somebody verified, and says what it did.
--
-- Hashes are 32 or 64 hex characters; a malformed one refuses the whole call.
-- Repeated hashes count once. is_favorite belongs to the owner and is not
-- touched. A contact whose link stands is not rewritten, so that syncing an
-- unchanged phone writes no contact row. Hashes that are new to the owner are
-- charged to their budget, whoever calls: beyond it nothing is changed.
--
-- A signed-in user may call it for themself, but only in a database recorded
-- as unsealed (use_unsealed()): in a sealed one the server hashes
-- and seals, and a hash from a phone would match nobody.
-- For the owner and service_role.
create function sync_user_contacts(
  p_owner_id              uuid,
  p_phone_hashes          text[],
  p_device_contacts_count integer,
  p_batch_size            integer default 500)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_sync_user_contacts(p_owner_id, p_phone_hashes, p_device_contacts_count, p_batch_size);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_hashes is not null, 'p_phone_hashes');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_hashes));

  -- All arguments: a call that leaves some to their defaults could mean a function
  -- of fewer that somebody else has made.
  return sync_phone_keys(
    p_owner_id, contact_sync_parse_hashes(p_phone_hashes),
    p_device_contacts_count, p_batch_size, 'merge', false, true, null::text, null::jsonb);
end
$$;
