-- Whose link changed since a cursor, each contact once, with the user that the
-- directory confirms now, or NULL; at most p_limit (1 to 1,000). Without a cursor:
-- none, and a cursor at the present. is_reset: whoever follows begins anew with
-- this answer, since what changed can't be told one by one.
--
-- Whoever has read a book with list_contacts() after taking a cursor, and then
-- applies what this says, knows in the end what list_contacts() says.
-- For the owner and service_role.
create function list_contact_changes(
  p_owner_id uuid,
  p_cursor   text    default null,
  p_limit    integer default 1000)
returns contact_sync_changes
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_changes contact_sync_changes;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_list_contact_changes(p_owner_id, p_cursor, p_limit);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_check_range(p_limit, 1, 1000, 'p_limit',
                                   'Ask for the rest with the cursor of the answer.');
  v_changes := contact_sync_read_changes(
    p_owner_id, coalesce(p_cursor, contact_sync_present_cursor(p_owner_id)), p_limit);
  return v_changes;
end
$$;
