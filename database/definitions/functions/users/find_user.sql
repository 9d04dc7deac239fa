-- The UUID by which the tables know a user whom the app calls by a text; NULL where
-- nothing that is stored names them. For databases whose users are known by texts
-- (userIds: "text"). For service_role.
create function find_user(p_id_text text)
returns uuid
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_id_text is not null, 'p_id_text');
  return (select u.user_id
            from contact_sync_users u
           where u.id_text = p_id_text collate "C"
             and u.erased_at is null);
end
$$;
