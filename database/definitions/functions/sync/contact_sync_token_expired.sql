-- Raises that a device's mark is another than the one it goes on from.
create function contact_sync_token_expired()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC030',
    message = 'SYNC_TOKEN_EXPIRED: the device''s contacts have changed since, or nothing is known of the device',
    hint = 'Nothing was changed. Send a full sync.';
end
$$;
