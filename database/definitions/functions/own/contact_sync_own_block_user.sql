-- block_user() for a signed-in user, for themselves alone.
-- For every signed-in user and service_role.
create function contact_sync_own_block_user(p_user_id uuid, p_blocked_user_id uuid)
returns boolean
language plpgsql volatile security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  return block_user(p_user_id, p_blocked_user_id);
end
$$;
