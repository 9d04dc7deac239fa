-- Keeps somebody from finding a user, whatever number of theirs they have and whatever
-- the user is to others: to them it is as if the user had no account. Returns whether
-- they were not blocked before. At most 10,000 a user. It holds at once for whatever
-- is read; stored links and list_contact_changes() follow with the linker. It does
-- not keep the user from finding them.
-- For the owner and service_role.
create function block_user(p_user_id uuid, p_blocked_user_id uuid)
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_block_user(p_user_id, p_blocked_user_id);
  end if;
  return (select b.has_changed from contact_sync_change_block(p_user_id, p_blocked_user_id, true) as b);
end
$$;
