-- Who finds users that have not chosen: everybody, mutual or nobody.
create function contact_sync_default_discoverable()
returns text
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return coalesce((select s.default_discoverable from contact_sync_settings s where s.only_row), 'everybody');
end
$$;
