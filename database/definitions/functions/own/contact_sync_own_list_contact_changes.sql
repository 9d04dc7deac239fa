-- list_contact_changes() for a signed-in user, of their own contacts alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_contact_changes(
  p_owner_id uuid,
  p_cursor   text,
  p_limit    integer)
returns contact_sync_changes
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_owner_id);
  return list_contact_changes(p_owner_id, p_cursor, p_limit);
end
$$;
