-- Goes on with what contact_sync_verify_key() has left in the setting
-- contact_sync.key_number, '' where nobody asked it. The work of a call may be done on
-- another node than that was asked on, and is given it as an argument.
create function contact_sync_take_key_number(p_key_number text)
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  if coalesce(current_setting('contact_sync.key_number', true), '') <> p_key_number then
    perform set_config('contact_sync.key_number', p_key_number, true);
  end if;
end
$$;
