-- list_blocked_users() for a signed-in user, of their own list alone.
-- For every signed-in user and service_role.
create function contact_sync_own_list_blocked_users(
  p_user_id       uuid,
  p_limit         integer,
  p_after_user_id uuid,
  out blocked_user_id uuid,
  out blocked_at      timestamptz)
returns setof record
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require_own(p_user_id);
  return query
    select l.blocked_user_id, l.blocked_at
      from list_blocked_users(p_user_id, p_limit, p_after_user_id) as l;
end
$$;
