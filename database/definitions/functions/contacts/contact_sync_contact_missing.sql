-- Refuses a contact that the owner does not have.
create function contact_sync_contact_missing()
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  raise exception using
    errcode = 'YC012',
    message = 'CONTACT_NOT_FOUND: the owner has no such contact',
    hint = 'Sync or insert the contact first.';
end
$$;
