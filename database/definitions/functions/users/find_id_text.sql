-- What the app calls a user whom the tables know by a UUID; NULL where nothing that is
-- stored names them. For databases whose users are known by texts (userIds: "text"). For
-- service_role.
create function find_id_text(p_user_id uuid)
returns text
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  return (select u.id_text
            from contact_sync_users u
           where u.user_id = p_user_id
             and u.erased_at is null);
end
$$;
