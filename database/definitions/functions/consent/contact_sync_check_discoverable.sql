-- Refuses what is no choice of who finds a user.
create function contact_sync_check_discoverable(p_discoverable text)
returns void
language plpgsql immutable
set search_path from current
set jit = off
as $$
begin
  if p_discoverable not in ('everybody', 'mutual', 'nobody') then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_discoverable must be everybody, mutual or nobody',
      hint = 'mutual: only those whose number the user has in their own book.';
  end if;
end
$$;
