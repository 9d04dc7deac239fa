-- The linker's part in what is known of persons and not of numbers: turns entries of
-- contact_sync_pending_books into ones of contact_sync_pending_links, for the contacts
-- whose link is not what it should be. Waits for nobody, like the pass it belongs to.
--
-- p_own is this transaction where it had written something before the pass began.
create function contact_sync_expand_books(p_own bigint)
returns integer
language plpgsql volatile
set search_path from current
-- planner profile: by index
set plan_cache_mode = force_generic_plan
set enable_nestloop = on
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_running bigint[];
  v_holders bigint[];
  v_entry   record;
  v_count   integer := 0;
begin
  if not exists (select from contact_sync_pending_books) then
    return 0;
  end if;
  v_running := contact_sync_running_transactions();
  if p_own is not null then
    v_running := v_running operator(pg_catalog.||) array[p_own];
  end if;

  for v_entry in
    select b.*
      from contact_sync_pending_books b
     where b.fence_holders is null
        or not b.fence_holders operator(pg_catalog.&&) v_running
     order by b.entry_id
     limit 100
       for update skip locked
  loop
    v_count := v_count + 1;
    -- Asked before the contacts are read: whoever enters from here on reads a
    -- directory, and choices, that have the change.
    v_holders := contact_sync_fence_holders();
    if p_own is not null and v_entry.enqueued_at >= now() then
      v_holders := v_holders operator(pg_catalog.||) array[p_own];
    end if;

    if v_entry.are_given then
      insert into contact_sync_pending_links (phone_key, owner_id, is_return, fence_holders)
      select c.phone_key, c.owner_id, v_entry.is_return, case when v_entry.is_return then '{}'::bigint[] end
        from contacts_with_accounts c
       where c.link_given
         and c.linked_user_id = v_entry.person_id
         and (v_entry.is_return or not contact_sync_may_find(c.owner_id, c.linked_user_id))
       union all
      select c.phone_key, c.owner_id, v_entry.is_return, case when v_entry.is_return then '{}'::bigint[] end
        from contacts_with_accounts c
       where v_entry.person_id is null
         and c.link_given
         and (v_entry.is_return or not contact_sync_may_find(c.owner_id, c.linked_user_id));
    else
      insert into contact_sync_pending_links (phone_key, owner_id, is_return, fence_holders)
      select n.phone_key, v_entry.person_id, n.is_return, case when n.is_return then '{}'::bigint[] end
        from (select c.phone_key, c.linked_user_id, c.link_given,
                     d.phone_key is not null as is_in_directory,
                     contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id) as link,
                     -- only these may have been out of sight for a while
                     v_entry.is_return
                     and c.linked_user_id is not null
                     and contact_sync_is_mutual(c.linked_user_id) as is_return
                from contacts_with_accounts c
                left join phones d on d.phone_key = c.phone_key
               where c.owner_id = v_entry.person_id
                 and (d.phone_key is not null or c.link_given)
              offset 0) as n
       where n.is_return
          or case
               when n.is_in_directory then n.link is distinct from n.linked_user_id
               else not contact_sync_may_find(v_entry.person_id, n.linked_user_id)
             end;
    end if;

    if v_entry.fence_holders is not null or pg_catalog.cardinality(v_holders) = 0 then
      delete from contact_sync_pending_books b where b.entry_id = v_entry.entry_id;
    else
      update contact_sync_pending_books b
         set fence_holders = v_holders,
             is_return = false
       where b.entry_id = v_entry.entry_id;
    end if;
  end loop;
  return v_count;
end
$$;
