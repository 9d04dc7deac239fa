-- Erases a user: their book, their numbers in the directory, links to them
-- that came with bulk inserts, their status, answers kept for them. Their runs
-- become a day's counts.
--
-- Links to them in other books vanish from every read at once, because the
-- directory no longer confirms them; link_pending_phones() then takes them off
-- the rows. Erasing somebody unknown does nothing. For service_role.
create function erase_user(
  p_user_id uuid,
  out contacts_deleted    integer,
  out phones_unlinked     integer,
  out given_links_removed integer,
  out runs_folded         integer)
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_locked_ids uuid[] := '{}';
  v_owner_ids  uuid[];
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  perform contact_sync_enter_fence();

  -- Asked again after the wait for the locks: meanwhile a bulk insert may have
  -- given a link to the user in one more book, and whoever writes in a book
  -- that is not locked would write the link back.
  loop
    v_owner_ids := p_user_id || array(select distinct c.owner_id
                                        from contacts_with_accounts c
                                       where c.link_given
                                         and c.linked_user_id = p_user_id);
    exit when v_owner_ids <@ v_locked_ids;
    perform contact_sync_lock_owners(v_owner_ids);
    v_locked_ids := v_locked_ids || v_owner_ids;
  end loop;

  update contacts_with_accounts c
     set linked_user_id = null,
         link_given = false,
         updated_at = clock_timestamp()
   where c.link_given
     and c.linked_user_id = p_user_id;
  get diagnostics given_links_removed = row_count;

  -- Locked in key order before they go, as link_phones() locks them.
  with locked as (
    select d.phone_key
      from phones d
     where d.linked_user_id = p_user_id
     order by d.phone_key
       for update
  ), removed as (
    delete from phones d
     using locked l
     where d.phone_key = l.phone_key
    returning d.phone_key
  ), enqueued as (
    insert into contact_sync_pending_links (phone_key)
    select r.phone_key
      from removed r
    returning phone_key
  )
  select count(*)
    into phones_unlinked
    from enqueued;

  delete from contacts_with_accounts c where c.owner_id = p_user_id;
  get diagnostics contacts_deleted = row_count;

  delete from contact_sync_streams t where t.owner_id = p_user_id;
  delete from contact_sync_staged_keys s where s.owner_id = p_user_id;
  delete from contact_sync_answers a where a.owner_id = p_user_id;
  runs_folded := contact_sync_fold(p_user_id, null);
  delete from contact_sync_status s where s.owner_id = p_user_id;
end
$$;
