-- Begins to change the sealing key, or finds where an interrupted change goes on:
-- 'directory' (each number gets its second row), 'books' (owners are moved one by one),
-- 'remains' (the new key is in force, what is left of the old one goes), or 'done'.
-- Each step is a transaction of its own and may be repeated; what comes next is asked
-- here again. For service_role.
create function contact_sync_begin_rotation(
  p_key_id           text,
  p_check_value      text,
  p_next_key_id      text,
  p_next_check_value text)
returns text
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_seal record;
begin
  perform contact_sync_require(p_key_id is not null, 'p_key_id');
  perform contact_sync_require(p_check_value is not null, 'p_check_value');
  perform contact_sync_require(p_next_key_id is not null, 'p_next_key_id');
  perform contact_sync_require(p_next_check_value is not null, 'p_next_check_value');
  perform contact_sync_require_read_committed();
  select s.* into v_seal from contact_sync_seal s for update;

  case
    when not found or not v_seal.is_sealed then
      raise exception using
        errcode = 'YC011',
        message = 'KEY_MISMATCH: this database is not sealed, so there is no key to change',
        hint = 'Start with an empty schema for a sealed database.';
    when v_seal.next_key_id is not null then
      if v_seal.key_id = p_key_id and v_seal.check_value = p_check_value
         and v_seal.next_key_id = p_next_key_id and v_seal.next_check_value = p_next_check_value
      then
        return case when v_seal.is_moving then 'books' else 'directory' end;
      end if;
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: this database is being changed from the key %s to %s, not from %s to %s',
                                    v_seal.key_id, v_seal.next_key_id, p_key_id, p_next_key_id),
        hint = 'Finish it with the two keys that it was begun with; then change to another one.';
    when v_seal.key_id = p_next_key_id and v_seal.check_value = p_next_check_value then
      if v_seal.previous_key_id is null then
        return 'done';
      elsif v_seal.previous_key_id = p_key_id then
        return 'remains';
      end if;
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: this database was changed from the key %s, of which something is left, not from %s',
                                    v_seal.previous_key_id, p_key_id),
        hint = 'Finish it with the two keys that it was begun with.';
    when v_seal.key_id <> p_key_id or v_seal.check_value <> p_check_value then
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: this database is sealed with the key %s, neither with %s nor with %s',
                                    v_seal.key_id, p_key_id, p_next_key_id),
        hint = 'CONTACT_SYNC_PREVIOUS_KEY is the key that it was sealed with, CONTACT_SYNC_KEY the new one.';
    when v_seal.previous_key_id is not null then
      raise exception using
        errcode = 'YC011',
        message = pg_catalog.format('KEY_MISMATCH: something is left of the change from the key %s to %s',
                                    v_seal.previous_key_id, v_seal.key_id),
        hint = 'Finish that one first, with the two keys that it was begun with.';
    else
      null;
  end case;

  update contact_sync_seal s
     set next_key_id = p_next_key_id,
         next_check_value = p_next_check_value;
  return 'directory';
end
$$;
