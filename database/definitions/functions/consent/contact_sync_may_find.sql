-- Whether an owner who has a number of a user's may learn that the user has an
-- account, by the one rule (contact_sync_visible_user()).
create function contact_sync_may_find(p_owner_id uuid, p_user_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return exists (select from contact_sync_visible_user(p_owner_id, p_user_id));
end
$$;
