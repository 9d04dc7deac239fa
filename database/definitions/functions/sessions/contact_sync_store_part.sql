-- The work of contact_sync_stage_part(), which has checked its arguments
-- (contact_sync_choose_place()).
create function contact_sync_store_part(
  p_owner_id   uuid,
  p_session_id uuid,
  p_part       integer,
  p_phone_keys uuid[],
  p_budget     boolean,
  p_key_number text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_is_found boolean;
  v_staged   bigint;
  v_known    bigint;
  v_left     integer;
  -- Of how old the account is the commit knows; until then the larger budget counts.
  c_old      constant jsonb := '{"account_created_at": "1970-01-01T00:00:00Z"}';
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();

  -- The row is the session's lock as well.
  update contact_sync_sessions e
     set version = e.version + 1,
         last_part_at = now()
   where e.owner_id = p_owner_id
     and e.session_id = p_session_id;
  v_is_found := found;
  -- First: a rotation drops the sessions of those whom it moves.
  perform contact_sync_check_book_key(p_owner_id);
  if not v_is_found then
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

  if p_budget then
    -- Those that are stored, or were paid for, cost nothing.
    v_known := coalesce((select s.contacts_count from contact_sync_status s where s.owner_id = p_owner_id), 0)
             + (select count(*) from contact_sync_kept_choices k where k.owner_id = p_owner_id);
    v_left := (select b.budget_remaining from contact_sync_spend_budget(p_owner_id, 0, 0, c_old) as b);
    if v_staged > v_known + v_left then
      perform contact_sync_spend_budget(p_owner_id, (v_staged - v_known)::integer, 0, c_old);
    end if;
  end if;
end
$$;
