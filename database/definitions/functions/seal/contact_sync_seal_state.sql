-- What is recorded of the key, of a change of it that is under way, and of what the app
-- calls its users (contact_sync_seal); NULLs where nothing is recorded. For service_role.
create function contact_sync_seal_state(
  out is_sealed        boolean,
  out key_number       smallint,
  out key_id           text,
  out check_value      text,
  out next_key_id      text,
  out next_check_value text,
  out is_moving        boolean,
  out previous_key_id  text,
  out user_id_kind     text,
  out user_id_secret   bytea)
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  select s.is_sealed, s.key_number, s.key_id, s.check_value,
         s.next_key_id, s.next_check_value, s.is_moving, s.previous_key_id,
         s.user_id_kind, s.user_id_secret
    into is_sealed, key_number, key_id, check_value,
         next_key_id, next_check_value, is_moving, previous_key_id,
         user_id_kind, user_id_secret
    from contact_sync_seal s;
end
$$;
