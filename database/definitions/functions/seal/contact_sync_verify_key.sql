-- Verifies that this database is the one that a running instance was opened on:
-- sealed with the key of this id, or recorded as unsealed for two NULLs. True,
-- or an error.
--
-- The library asks it in each statement it sends, for what is behind a
-- connection may change under it: a schema dropped and restored from elsewhere,
-- a pooler that points to another server. The record stays locked, as all that
-- is read does, so nobody can drop it between the answer and the end.
--
-- Not volatile, so that a statement that asks it for a condition asks it once,
-- and before it does anything else. For service_role.
create function contact_sync_verify_key(p_key_id text, p_check_value text)
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  if exists (select
               from contact_sync_seal s
              where s.key_id is not distinct from p_key_id
                and s.check_value is not distinct from p_check_value) then
    return true;
  end if;

  raise exception using
    errcode = 'YC011',
    message = pg_catalog.format(
      'KEY_MISMATCH: the database behind this connection is another one than at the start: it was %s, and now is %s',
      case when p_key_id is null then 'unsealed' else pg_catalog.format('sealed with the key %s', p_key_id) end,
      coalesce((select case
                         when s.is_sealed then pg_catalog.format('sealed with the key %s', s.key_id)
                         else 'unsealed'
                       end
                  from contact_sync_seal s),
               'not recorded as either')),
    hint = 'Nothing was written. Bring back the database this process was started on, or restart with the key of the one that is there.';
end
$$;
