-- Refuses more than 10,000 contacts in one call (the guide's limit).
create function contact_sync_check_call_size(p_received integer)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_received > 10000 then
    raise exception using
      errcode = 'YC003',
      message = pg_catalog.format('CONTACTS_LIMIT_EXCEEDED: at most 10000 contacts a call, received %s', p_received),
      detail = pg_catalog.json_build_object('limit', 10000, 'received', p_received)::text,
      hint = 'Send chunks of at most 10000; of a device''s whole book, parts of a session.';
  end if;
end
$$;
