-- Verifies that this database is the one that a running instance was opened on:
-- sealed with the key of this id, or recorded as unsealed for two NULLs. True,
-- or an error.
--
-- The library asks it in each statement it sends, for what is behind a
-- connection may change under it: a schema dropped and restored from elsewhere,
-- a pooler that points to another server. The record stays locked, as all that
-- is read does, so nobody can drop it between the answer and the end.
--
-- p_owner_id is given by a call with phone keys of an owner, or of several: this one
-- then stands for all. Such a call may also come with the key that a rotation goes
-- over to, and is refused with YC035 unless the owner's book is of just that key.
-- Where it waits for the owner after that, contact_sync_lock_owners() asks again: the
-- number of the key is left in the setting contact_sync.key_number for the rest of the
-- transaction. A call without an owner has none ("any").
--
-- Not volatile, so that a statement that asks it for a condition asks it once,
-- and before it does anything else. For service_role.
create function contact_sync_verify_key(p_key_id text, p_check_value text, p_owner_id uuid)
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_number    smallint;
  v_new       smallint;
  v_is_moving boolean;
  v_is_next   boolean;
  v_asserted  text := 'any';
begin
  select s.key_number, s.is_moving,
         not (s.key_id is not distinct from p_key_id and s.check_value is not distinct from p_check_value)
    into v_number, v_is_moving, v_is_next
    from contact_sync_seal s
   where s.key_id is not distinct from p_key_id and s.check_value is not distinct from p_check_value
      or s.next_key_id = p_key_id and s.next_check_value = p_check_value;

  if not found then
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
  end if;
  if v_is_next and (p_owner_id is null or not v_is_moving) then
    perform contact_sync_refuse_key();
  end if;

  if p_owner_id is not null then
    v_new := v_number + v_is_moving::integer;
    v_number := v_number + v_is_next::integer;
    if v_is_moving
       and v_number <> coalesce((select s.key_number from contact_sync_status s where s.owner_id = p_owner_id), v_new)
    then
      perform contact_sync_refuse_key();
    end if;
    v_asserted := v_number::text;
  end if;
  if coalesce(current_setting('contact_sync.key_number', true), '') <> v_asserted then
    perform set_config('contact_sync.key_number', v_asserted, true);
  end if;
  return true;
end
$$;
