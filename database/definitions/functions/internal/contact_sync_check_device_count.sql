-- Refuses a missing or negative count of the device's contacts.
create function contact_sync_check_device_count(p_device_contacts_count integer)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_device_contacts_count is not null, 'p_device_contacts_count');
  if p_device_contacts_count < 0 then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_device_contacts_count must not be negative';
  end if;
end
$$;
