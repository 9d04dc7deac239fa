-- get_sync_status() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_get_sync_status(
  p_owner_id uuid,
  out sync_status            text,
  out contacts_count         integer,
  out last_sync_at           timestamptz,
  out last_sync_mode         text,
  out device_contacts_count  integer,
  out synced_contacts_count  integer,
  out matched_contacts_count integer,
  out last_error_code        text)
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  select o.* into sync_status, contacts_count, last_sync_at, last_sync_mode, device_contacts_count, synced_contacts_count, matched_contacts_count, last_error_code
    from get_sync_status(p_owner_id) as o;
end
$$;
