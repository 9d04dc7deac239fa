-- Whether a user is found by those alone whom they have in their own book: only then
-- it matters to others what the book holds.
create function contact_sync_is_mutual(p_user_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return 'mutual' = coalesce((select c.discoverable from contact_sync_consent c where c.user_id = p_user_id),
                             contact_sync_default_discoverable());
end
$$;
