-- Sets who finds users that have not chosen, and returns it; NULL only tells. It
-- holds at once for whatever is read; all their links are then looked at by the
-- linker, which takes its time where the directory is large. For service_role.
create function set_default_discoverability(p_discoverable text default null)
returns text
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_before    text;
  v_is_return boolean;
begin
  perform contact_sync_check_discoverable(p_discoverable);
  if p_discoverable is null then
    return contact_sync_default_discoverable();
  end if;

  perform contact_sync_enter_fence();
  perform contact_sync_make_settings();
  v_before := (select s.default_discoverable from contact_sync_settings s where s.only_row for update);
  if v_before = p_discoverable then
    return p_discoverable;
  end if;
  update contact_sync_settings s
     set default_discoverable = p_discoverable,
         changed_at = now()
   where s.only_row;

  insert into contact_sync_pending_links (phone_key, is_return, fence_holders)
  select n.phone_key, n.is_return, case when n.is_return then '{}'::bigint[] end
    from (select d.phone_key,
                 (v_before = 'nobody' or p_discoverable = 'everybody')
                 and exists (select from contact_sync_pending_links q where q.phone_key = d.phone_key) as is_return
            from phones d
           where d.linked_user_id is not null
             and not exists (select
                               from contact_sync_consent c
                              where c.user_id = d.linked_user_id
                                and c.discoverable is not null)) as n;
  v_is_return := (v_before = 'nobody' or p_discoverable = 'everybody')
                 and exists (select from contact_sync_pending_books b where b.are_given);
  insert into contact_sync_pending_books (are_given, is_return)
  values (true, v_is_return);
  return p_discoverable;
end
$$;
