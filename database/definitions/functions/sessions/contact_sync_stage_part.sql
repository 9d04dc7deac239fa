-- Stages a part of a session, counted from 0, at most 10,000 numbers; one that
-- comes again takes the place of the first. Parts may come in any order. At most
-- 1,000,000 numbers a session. For service_role.
create function contact_sync_stage_part(
  p_owner_id   uuid,
  p_session_id uuid,
  p_part       integer,
  p_phone_keys uuid[])
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_staged bigint;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  perform contact_sync_check_range(p_part, 0, 999999, 'p_part', 'Parts are counted from 0.');
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));
  perform contact_sync_hold_seal();

  -- The row is the session's lock as well.
  update contact_sync_sessions e
     set version = e.version + 1,
         last_part_at = now()
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id;
  if not found then
    perform contact_sync_session_missing();
  end if;
  insert into contact_sync_session_parts as p (owner_id, session_id, part, phone_keys, part_size)
  values (p_owner_id, p_session_id, p_part, p_phone_keys, pg_catalog.cardinality(p_phone_keys))
      on conflict (owner_id, session_id, part) do update
     set phone_keys = excluded.phone_keys,
         part_size = excluded.part_size;

  select sum(p.part_size)
    into v_staged
    from contact_sync_session_parts p
   where p.owner_id = p_owner_id
     and p.session_id = p_session_id;
  if v_staged > 1000000 then
    raise exception using
      errcode = 'YC003',
      message = pg_catalog.format('CONTACTS_LIMIT_EXCEEDED: at most 1000000 contacts a session, with this part it has %s', v_staged),
      detail = pg_catalog.json_build_object('limit', 1000000, 'received', v_staged)::text,
      hint = 'Nothing of this part was staged.';
  end if;
end
$$;
