-- What a session of p_parts has staged, for its commit: all phone keys, 16 bytes each,
-- in the parts' order, and the version that this is. Where parts are missing, or are
-- too many, it says which, up to 100 each, and reads nothing. The rest is as it was begun.
-- To read a million numbers takes seconds, so a session that is asked for the eleventh
-- time is dropped. For service_role.
create function contact_sync_session_keys(
  p_owner_id   uuid,
  p_session_id uuid,
  p_parts      integer,
  out parts          integer,
  out missing_parts  integer[],
  out surplus_parts  integer[],
  out version    bigint,
  out phone_keys bytea,
  out device_id             text,
  out sync_mode             text,
  out device_contacts_count integer)
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  perform contact_sync_check_range(p_parts, 0, 1000000, 'p_parts', 'It is how many parts were staged.');
  perform contact_sync_choose_place(p_owner_id);
  select s.parts, s.missing_parts, s.surplus_parts, s.version, s.phone_keys,
         s.device_id, s.sync_mode, s.device_contacts_count
    into parts, missing_parts, surplus_parts, version, phone_keys, device_id, sync_mode, device_contacts_count
    from contact_sync_read_session(p_owner_id, p_session_id, p_parts, v_key_number) as s;
end
$$;
