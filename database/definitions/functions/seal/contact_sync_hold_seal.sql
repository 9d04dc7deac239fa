-- As long as no key is recorded, whoever stores numbers holds off those who
-- would record one until the transaction ends: what it stores is then either
-- seen by the question whether the database was used from SQL, or comes after
-- the answer and is refused. Once something is recorded it costs one look.
--
-- Two that store numbers don't wait for each other; only recording conflicts.
--
-- While a rotation moves books, a call that does not come from the library (which says
-- with which key it was made: contact_sync_verify_key()) is taken to be of the key that
-- was in force, and is refused for owners who have been moved.
create function contact_sync_hold_seal()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  if exists (select from contact_sync_seal) then
    if coalesce(current_setting('contact_sync.key_number', true), '') = ''
       and exists (select from contact_sync_seal s where s.is_moving)
    then
      perform set_config('contact_sync.key_number', contact_sync_key_number()::text, true);
    end if;
    return;
  end if;

  -- or else what is looked at below is what was there before the wait
  perform contact_sync_require_read_committed();
  lock table contact_sync_seal in row share mode;
  if exists (select from contact_sync_seal s where s.is_sealed) then
    raise exception using
      errcode = 'YC011',
      message = 'KEY_MISMATCH: this database was sealed while the call waited, and what it was given is not',
      hint = 'Nothing was written. Go through the service or the library, which seal; see use_unsealed() for a database that phones sync to.';
  end if;
end
$$;
