-- The linker: makes stored links say what the directory says, for numbers whose
-- entry changed. Run it after link_phones(), unlink_phones() and erase_user(),
-- and from time to time (pg_cron: select link_pending_phones()).
--
-- A call handles up to 1,000 entries and p_max_contacts contacts in one short
-- transaction, and waits only for syncs of owners whose contacts it
-- changes. Call it again while it still changes or finishes something; what is
-- waiting then waits for transactions that were running when its number
-- changed. p_phone_hashes narrows it to some numbers. Returns what it changed
-- and how many entries are left.
--
-- Why a pass is not enough: a sync may have read the directory before the
-- change committed and write after the linker was round. Such a sync is behind
-- the fence. So the first pass notes who is there, and an entry is finished by
-- a pass made when those have ended; whoever enters later reads the change.
create function link_pending_phones(
  p_phone_hashes text[]  default null,
  p_max_contacts integer default 10000,
  out contacts_changed integer,
  out entries_finished integer,
  out entries_waiting  integer)
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_now         constant timestamptz := clock_timestamp();
  v_only_keys   uuid[] := case when p_phone_hashes is not null then contact_sync_parse_hashes(p_phone_hashes) end;
  v_running     text[];
  v_holders     text[];
  v_entries     bigint[];
  v_keys        uuid[];
  v_stale_ids   uuid[];
  v_stale_keys  uuid[];
  v_is_complete boolean;
begin
  perform contact_sync_require(p_max_contacts between 1 and 1000000, 'p_max_contacts (1 to 1000000)');

  -- One linker at a time; 'csyn' and 'link' in ASCII. A later one reads a later
  -- directory, so two can't overwrite each other's answer with an older one.
  perform pg_advisory_xact_lock(x'6373796e'::integer, x'6c696e6b'::integer);
  perform contact_sync_enter_fence();

  -- Entries nobody has looked at yet, and those whose transactions have ended.
  v_running := contact_sync_fence_holders();
  select array_agg(e.entry_id), array_agg(distinct e.phone_key)
    into v_entries, v_keys
    from (select q.entry_id, q.phone_key
            from contact_sync_pending_links q
           where (q.fence_holders is null or not q.fence_holders && v_running)
             and (v_only_keys is null or q.phone_key = any (v_only_keys))
           order by q.entry_id
           limit 1000) as e;
  -- Asked after the entries were read: whoever enters from here on reads a
  -- directory that has their changes.
  v_holders := contact_sync_fence_holders();

  select array_agg(s.owner_id), array_agg(s.phone_key)
    into v_stale_ids, v_stale_keys
    from (select c.owner_id, c.phone_key
            from contacts_with_accounts c
            left join phones d on d.phone_key = c.phone_key
           where c.phone_key = any (v_keys)
             and case
                   when d.phone_key is null then c.linked_user_id is not null and not c.link_given
                   else c.link_given or c.linked_user_id is distinct from nullif(d.linked_user_id, c.owner_id)
                 end
           limit p_max_contacts) as s;
  v_is_complete := coalesce(cardinality(v_stale_ids), 0) < p_max_contacts;

  -- Once the owners are locked, ask the directory again and write what is
  -- still to be written.
  perform contact_sync_lock_owners(v_stale_ids);
  update contacts_with_accounts c
     set linked_user_id = t.link,
         link_given = false,
         updated_at = v_now
    from (select s.owner_id, s.phone_key,
                 d.phone_key is not null as is_in_directory,
                 nullif(d.linked_user_id, s.owner_id) as link
            from unnest(v_stale_ids, v_stale_keys) as s (owner_id, phone_key)
            left join phones d on d.phone_key = s.phone_key) as t
   -- Between and not equal: or else the planner may look up each owner among all
   -- who hold the number, instead of by the primary key.
   where c.owner_id = t.owner_id
     and c.phone_key between t.phone_key and t.phone_key
     and (   c.linked_user_id is distinct from t.link and (t.is_in_directory or not c.link_given)
          or t.is_in_directory and c.link_given);
  get diagnostics contacts_changed = row_count;

  entries_finished := 0;
  if v_is_complete then
    delete from contact_sync_pending_links q
     where q.entry_id = any (v_entries)
       and (q.fence_holders is not null or cardinality(v_holders) = 0);
    get diagnostics entries_finished = row_count;

    update contact_sync_pending_links q
       set fence_holders = v_holders
     where q.entry_id = any (v_entries)
       and q.fence_holders is null;
  end if;

  select count(*)
    into entries_waiting
    from contact_sync_pending_links q
   where v_only_keys is null or q.phone_key = any (v_only_keys);
end
$$;
