-- Raises that a session is unknown: it was committed, replaced by another of the
-- same device, or dropped when no part had come for a day.
create function contact_sync_session_missing()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC032',
    message = 'SESSION_NOT_FOUND: the owner has no such session',
    hint = 'It was committed, or no part came for a day, or the device has begun another. Begin a new one.';
end
$$;
