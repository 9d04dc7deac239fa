-- From here on books are moved, once each number of the directory has its second row. New
-- books begin with the next key. For service_role.
create function contact_sync_start_moving()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  update contact_sync_seal s
     set is_moving = true
   where s.next_key_id is not null
     and not s.is_moving
     -- or else users' UUIDs could not be made any more
     and (s.user_id_secret is null or s.next_user_id_secret is not null);
end
$$;
