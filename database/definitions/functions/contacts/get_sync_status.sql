-- An owner's last sync and stored contacts; 'never_synced' before the first.
-- For the owner and service_role.
create function get_sync_status(
  p_owner_id uuid,
  out sync_status            text,
  out contacts_count         integer,
  out last_sync_at           timestamptz,
  out last_sync_mode         text,
  out device_contacts_count  integer,
  out synced_contacts_count  integer,
  out matched_contacts_count integer,
  out last_error_code        text)
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    select o.* into sync_status, contacts_count, last_sync_at, last_sync_mode, device_contacts_count, synced_contacts_count, matched_contacts_count, last_error_code
      from contact_sync_own_get_sync_status(p_owner_id) as o;
    return;
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  select s.sync_status, s.contacts_count, s.last_sync_at, s.last_sync_mode,
         s.device_contacts_count, s.synced_contacts_count, s.matched_contacts_count, s.last_error_code
    into sync_status, contacts_count, last_sync_at, last_sync_mode,
         device_contacts_count, synced_contacts_count, matched_contacts_count, last_error_code
    from contact_sync_status s
   where s.owner_id = p_owner_id;

  if not found then
    sync_status := 'never_synced';
    contacts_count := 0;
  end if;
end
$$;
