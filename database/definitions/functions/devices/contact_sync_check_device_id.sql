-- Refuses what is no name of a device.
create function contact_sync_check_device_id(p_device_id text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_device_id is not null, 'p_device_id');
  if p_device_id !~ '^[A-Za-z0-9._-]{1,64}$' then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_device_id must be 1 to 64 of A–Z, a–z, 0–9, ".", "_" and "-"',
      hint = 'The app makes one up for each installation, for example a UUID, and keeps it.';
  end if;
end
$$;
