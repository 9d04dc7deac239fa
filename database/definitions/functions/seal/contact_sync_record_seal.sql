-- Records, once, that this database is sealed with the key of this id, and
-- verifies it ever after. The library calls it at every start. For service_role.
--
-- A database that holds numbers but no record was used from SQL alone: those
-- are plain hashes, which no sealed one will ever match, so it is refused. It
-- waits for transactions that are storing some (contact_sync_hold_seal()); only
-- under READ COMMITTED it then sees what they have stored.
create function contact_sync_record_seal(p_key_id text, p_check_value text)
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  perform contact_sync_require(p_key_id is not null, 'p_key_id');
  perform contact_sync_require(p_check_value is not null, 'p_check_value');

  if not exists (select from contact_sync_seal) then
    perform contact_sync_require_read_committed();
    -- Conflicts with all who store numbers and all who record, not with readers.
    lock table contact_sync_seal in exclusive mode;
    if not exists (select 1 from phones limit 1)
       and not exists (select 1 from contacts_with_accounts limit 1)
       and not exists (select 1 from contact_sync_staged_keys limit 1)
    then
      insert into contact_sync_seal (is_sealed, key_id, check_value) values (true, p_key_id, p_check_value)
          on conflict do nothing;
    end if;
  end if;

  if not exists (select
                   from contact_sync_seal s
                  where s.is_sealed
                    and s.key_id = p_key_id
                    and s.check_value = p_check_value) then
    raise exception using
      errcode = 'YC011',
      message = coalesce(
        (select case
                  when s.is_sealed then pg_catalog.format('KEY_MISMATCH: this database was sealed with the key %s, not with %s', s.key_id, p_key_id)
                  else 'KEY_MISMATCH: this database was recorded as unsealed'
                end
           from contact_sync_seal s),
        'KEY_MISMATCH: this database was used from SQL, unsealed, before any key was recorded'),
      hint = 'Use the key this database was first used with, or to which rotate-key has changed it since. With another one nobody would match and every book would be stored twice.';
  end if;
end
$$;
