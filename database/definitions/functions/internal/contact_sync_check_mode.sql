-- Refuses a mode of syncing that there is not.
create function contact_sync_check_mode(p_mode text)
returns void
language plpgsql immutable
set search_path from current
as $$
begin
  perform contact_sync_require(p_mode is not null, 'p_mode');
  if p_mode not in ('merge', 'replace') then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_mode must be ''merge'' or ''replace''';
  end if;
end
$$;
