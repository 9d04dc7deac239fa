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
  v_running  bigint[];
  v_holders  bigint[];
  v_is_own   boolean;
  v_shown    bigint[];
  v_entry    record;
  v_default  text;
  v_is_held  boolean;
  v_count    integer := 0;
  -- contacts whose link is not what it should be
  v_keys     uuid[];
  v_owners   uuid[];
  v_back     boolean[];
  -- the entries of this pass, as parallel arrays
  v_ids      bigint[];
  v_persons  uuid[];
  v_given    boolean[];
  v_returns  boolean[];
  v_firsts   boolean[];
  v_times    timestamptz[];
begin
  if not exists (select from contact_sync_pending_books) then
    return 0;
  end if;
  v_running := contact_sync_running_transactions();
  if p_own is not null then
    v_running := v_running operator(pg_catalog.||) array[p_own, -p_own];
  end if;

  v_ids := contact_sync_take_pending_books(v_running);
  select pg_catalog.array_agg(e.entry_id), pg_catalog.array_agg(e.person_id), pg_catalog.array_agg(e.are_given),
         pg_catalog.array_agg(e.is_return), pg_catalog.array_agg(e.fence_holders is null or 0 > any (e.fence_holders)),
         pg_catalog.array_agg(e.enqueued_at)
    into v_ids, v_persons, v_given, v_returns, v_firsts, v_times
    from contact_sync_pending_books e
   where e.entry_id = any (v_ids);
  if v_ids is null then
    return 0;
  end if;
  -- Asked before the contacts are read, and of entries that everybody can see: whoever
  -- enters from here on reads a directory, and choices, that have the change.
  v_shown := (contact_sync_shown_everywhere(null::bigint[], v_ids, null::bytea, null::timestamptz)).book_ids;
  v_holders := contact_sync_fence_holders();
  v_default := contact_sync_default_discoverable();

  for v_entry in
    select e.*
      from unnest(v_ids, v_persons, v_given, v_returns, v_firsts, v_times)
           as e (entry_id, person_id, are_given, is_return, is_first, enqueued_at)
     where e.entry_id = any (v_shown)
        or p_own is not null and e.enqueued_at = now()
  loop
    v_count := v_count + 1;
    -- Nobody else has read what it says: see contact_sync_link_pass().
    v_is_own := p_own is not null and v_entry.is_first and v_entry.enqueued_at = now();

    -- Read before anything is written: on Citus whoever asks another owner's book needs the
    -- connection that the rows would go out by meanwhile.
    if v_entry.are_given then
      -- Of anybody's, where what holds for those who have not chosen has changed and
      -- changed back: who has chosen was not out of sight meanwhile.
      select pg_catalog.array_agg(n.phone_key), pg_catalog.array_agg(n.owner_id), pg_catalog.array_agg(n.is_return)
        into v_keys, v_owners, v_back
        from (select g.*,
                     v_entry.is_return
                     and (   v_entry.person_id is not null
                          or (select c.discoverable
                                from contact_sync_consent c
                               where c.user_id = g.linked_user_id) is null) as is_return
                from contact_sync_given_links(v_entry.person_id) as g
              offset 0) as n
       where n.is_return
          or (select v.id from contact_sync_visible_user(n.owner_id, n.linked_user_id) as v (id)) is null;
    else
      v_is_held := exists (select 1
                             from contact_sync_status s
                            where s.owner_id = v_entry.person_id
                              and s.held_at is not null);
      select pg_catalog.array_agg(n.phone_key), pg_catalog.array_agg(v_entry.person_id), pg_catalog.array_agg(n.is_return)
        into v_keys, v_owners, v_back
        from (select b.*,
                     case
                       -- as contact_sync_link_of() has it
                       when v_is_held and b.found_user_id is distinct from b.linked_user_id then null
                       when v_default = 'everybody' and not b.has_consent then b.found_user_id
                       else (select v.id
                               from contact_sync_visible_user(v_entry.person_id, b.found_user_id) as v (id))
                     end as link,
                     -- only these may have been out of sight for a while
                     v_entry.is_return
                     and b.linked_user_id is not null
                     and contact_sync_is_mutual(b.linked_user_id) as is_return
                from contact_sync_linkable_contacts(v_entry.person_id) as b
              offset 0) as n
       where n.is_return
          or n.link is distinct from n.linked_user_id;
    end if;
    if v_keys is not null then
      insert into contact_sync_pending_links (phone_key, owner_id, is_return, fence_holders)
      select n.phone_key, n.owner_id, n.is_return, case when n.is_return then '{}'::bigint[] end
        from unnest(v_keys, v_owners, v_back) as n (phone_key, owner_id, is_return);
    end if;

    if not v_entry.is_first or pg_catalog.cardinality(v_holders) = 0 and not v_is_own then
      delete from contact_sync_pending_books b where b.entry_id = v_entry.entry_id;
    else
      update contact_sync_pending_books b
         set fence_holders = case when v_is_own then array[-p_own] else v_holders end,
             is_return = false
       where b.entry_id = v_entry.entry_id;
    end if;
  end loop;
  return v_count;
end
$$;
