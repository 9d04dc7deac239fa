-- Raises that a call was sealed with another key than what it concerns is sealed with
-- now, or was not told with both. The library finds out and does it again.
create function contact_sync_refuse_key()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC035',
    message = 'KEY_ROTATION: the sealing key is being changed, and the call was made with another one than is in force here by now',
    detail = '{"retry_after_seconds": 1}',
    hint = 'Nothing was written. Do the same again; contact-sync rotate-key --status says how far the change has come.';
end
$$;
