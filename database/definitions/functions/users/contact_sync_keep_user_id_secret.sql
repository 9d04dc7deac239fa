-- Keeps the secret of users' UUIDs, sealed for the key that a rotation goes over to: UUIDs
-- stay what they are. Once for each rotation; another call keeps the first one's. For
-- service_role.
create function contact_sync_keep_user_id_secret(p_secret bytea)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_secret is not null, 'p_secret');
  update contact_sync_seal s
     set next_user_id_secret = p_secret
   where s.user_id_kind = 'text'
     and s.next_key_id is not null
     and s.next_user_id_secret is null;
end
$$;
