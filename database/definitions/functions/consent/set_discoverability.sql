-- Chooses who may learn that a user has an account, of those who have their number:
-- everybody, mutual (only those whose number the user has in their own book) or
-- nobody. NULL goes back to the service's default.
--
-- It holds at once for whatever is read. Stored links and list_contact_changes()
-- follow with the linker, link_pending_phones().
-- For the owner and service_role.
create function set_discoverability(p_user_id uuid, p_discoverable text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    perform contact_sync_own_set_discoverability(p_user_id, p_discoverable);
    return;
  end if;
  perform contact_sync_choose_discoverable(p_user_id, p_discoverable);
end
$$;
