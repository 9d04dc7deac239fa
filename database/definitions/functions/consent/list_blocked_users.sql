-- Whom a user has blocked, in the order of their ids: p_limit (1 to 1,000) of those
-- behind p_after_user_id, the last of the page before.
-- For the owner and service_role.
create function list_blocked_users(
  p_user_id       uuid,
  p_limit         integer default 100,
  p_after_user_id uuid    default null,
  out blocked_user_id uuid,
  out blocked_at      timestamptz)
returns setof record
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  if not contact_sync_is_trusted_caller() then
    return query
      select o.blocked_user_id, o.blocked_at
        from contact_sync_own_list_blocked_users(p_user_id, p_limit, p_after_user_id) as o;
    return;
  end if;
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_check_range(p_limit, 1, 1000, 'p_limit',
                                   'Ask for the rest page by page: each begins after the last user of the one before.');
  return query
    select b.blocked_user_id, b.created_at
      from contact_sync_blocks b
     where b.user_id = p_user_id
       and (b.blocked_user_id > p_after_user_id or p_after_user_id is null)
     order by b.blocked_user_id
     limit p_limit;
end
$$;
