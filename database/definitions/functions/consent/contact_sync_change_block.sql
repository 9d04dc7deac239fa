-- What block_user() and unblock_user() do: whether it changed anything, and the
-- user's numbers in the directory, which the library then has the linker see to at
-- once: also where nothing changed, since that may be the repeat of a call that was
-- cut off in between.
create function contact_sync_change_block(
  p_user_id         uuid,
  p_blocked_user_id uuid,
  p_is_blocked      boolean,
  out has_changed boolean,
  out phone_keys  uuid[])
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  c_most constant bigint := 10000;
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_require(p_blocked_user_id is not null, 'p_blocked_user_id');
  if p_user_id = p_blocked_user_id then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: nobody can block themselves';
  end if;
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_user_id]);

  phone_keys := array(select d.phone_key from phones d where d.linked_user_id = p_user_id order by d.phone_key);
  has_changed := p_is_blocked is distinct from exists (
    select from contact_sync_blocks b
     where b.user_id = p_user_id
       and b.blocked_user_id = p_blocked_user_id);
  if not has_changed then
    perform contact_sync_drop_new_owner(p_user_id);
    return;
  end if;

  if p_is_blocked then
    if (select count(*) from contact_sync_blocks b where b.user_id = p_user_id) >= c_most then
      raise exception using
        errcode = 'YC040',
        message = pg_catalog.format('BLOCK_LIMIT_EXCEEDED: a user can block at most %s others', c_most),
        hint = 'Nothing was changed. Unblock somebody, or set the user''s discoverability to mutual.';
    end if;
    insert into contact_sync_blocks (user_id, blocked_user_id)
    values (p_user_id, p_blocked_user_id);
    insert into contact_sync_consent (user_id, has_blocks)
    values (p_user_id, true)
        on conflict (user_id) do update
       set has_blocks = true;
  else
    delete from contact_sync_blocks b
     where b.user_id = p_user_id
       and b.blocked_user_id = p_blocked_user_id;
    if not exists (select from contact_sync_blocks b where b.user_id = p_user_id) then
      update contact_sync_consent c
         set has_blocks = false
       where c.user_id = p_user_id;
      delete from contact_sync_consent c
       where c.user_id = p_user_id
         and c.discoverable is null;
    end if;
  end if;
  perform contact_sync_consent_changed(p_user_id, p_blocked_user_id, not p_is_blocked);
end
$$;
