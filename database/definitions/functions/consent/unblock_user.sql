-- Takes a block away, and returns whether there was one. Links follow with the
-- linker.
-- For the owner and service_role.
create function unblock_user(p_user_id uuid, p_blocked_user_id uuid)
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_unblock_user(p_user_id, p_blocked_user_id);
  end if;
  return (select b.has_changed from contact_sync_change_block(p_user_id, p_blocked_user_id, false) as b);
end
$$;
