-- How far a change of the sealing key has come: at which step it is (as
-- contact_sync_begin_rotation() names them; NULL: none is under way), between which keys, and
-- how many numbers, owners and contacts are left of the key before. For service_role.
create function contact_sync_rotation_state(
  out step          text,
  out from_key_id   text,
  out to_key_id     text,
  out numbers_left  bigint,
  out owners_left   bigint,
  out contacts_left bigint)
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_old smallint;
begin
  select case when s.is_moving then 'books' when s.next_key_id is not null then 'directory' else 'remains' end,
         coalesce(s.previous_key_id, s.key_id),
         coalesce(s.next_key_id, s.key_id),
         s.key_number + case when s.next_key_id is null then -1 else 0 end
    into step, from_key_id, to_key_id, v_old
    from contact_sync_seal s
   where s.next_key_id is not null
      or s.previous_key_id is not null;
  if not found then
    return;
  end if;
  select count(*) into numbers_left from phones d where d.key_number = v_old;
  select count(*), coalesce(sum(s.contacts_count), 0)
    into owners_left, contacts_left
    from contact_sync_status s
   where s.key_number = v_old;
end
$$;
