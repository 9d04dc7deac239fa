-- 015_link_contacts.sql
-- Entering and leaving the directory, the linker, and erasure.
--
-- Composed from database/definitions (npm run compose): change it there.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- The transactions of others that are behind the fence now, by their virtual
-- transaction ids. An id is not used again before the server restarts, and
-- after a restart the worst it can do is a longer wait.
create function contact_sync_fence_holders()
returns text[]
language sql volatile
set search_path from current
as $$
  select array(
    select l.virtualtransaction
      from pg_catalog.pg_locks as l
     where l.locktype = 'advisory'
       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
       and l.classid = x'6373796e'::integer::oid
       and l.objid = x'666e6365'::integer::oid
       and l.objsubid = 2 -- a lock named by two integers
       and l.pid is distinct from pg_backend_pid()) -- a prepared transaction has no pid
$$;


-- Enters verified numbers in the directory: number i belongs to user i since
-- p_verified_at[i] (NULL: now). A newer verification takes a number over from
-- whoever had it; an older one than the one on record is refused, and its
-- position, counted from 0, comes back in outdated_positions. Where a number
-- comes twice, the newest verification wins (of equal ones, the last).
--
-- The links of contacts follow by link_pending_phones().
-- At most 10,000 numbers a call. For service_role.
create function link_phones(
  p_phone_hashes text[],
  p_user_ids     uuid[],
  p_verified_at  timestamptz[] default null,
  out phones_linked      integer,  -- entered, taken over, or verified anew
  out phones_unchanged   integer,  -- on record just so, or repeated in the call
  out outdated_positions integer[])
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_now        constant timestamptz := clock_timestamp();
  v_phone_keys uuid[];
  v_changed    uuid[];
begin
  perform contact_sync_require(p_phone_hashes is not null, 'p_phone_hashes');
  perform contact_sync_require(p_user_ids is not null and array_position(p_user_ids, null) is null,
                               'p_user_ids or one of its elements');
  perform contact_sync_check_call_size(cardinality(p_phone_hashes));
  if cardinality(p_user_ids) <> cardinality(p_phone_hashes)
     or cardinality(p_verified_at) <> cardinality(p_phone_hashes) then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_phone_hashes, p_user_ids and p_verified_at must be equally long';
  end if;
  -- A time far ahead would hold a number against every later verification.
  if exists (select from unnest(p_verified_at) as v (at)
              where not isfinite(v.at) or v.at > v_now + interval '1 day') then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_verified_at must be finite and not more than a day ahead of the database''s clock';
  end if;
  v_phone_keys := contact_sync_parse_hashes(p_phone_hashes);

  -- In key order, so that two calls don't wait for each other.
  with given as (
    select distinct on (g.phone_key) g.phone_key, g.user_id, coalesce(g.verified_at, v_now) as verified_at
      from unnest(v_phone_keys, p_user_ids, p_verified_at) with ordinality
           as g (phone_key, user_id, verified_at, position)
     order by g.phone_key, coalesce(g.verified_at, v_now) desc, g.position desc
  ), written as (
    insert into phones as d (phone_key, linked_user_id, verified_at)
    select g.phone_key, g.user_id, g.verified_at
      from given g
     order by g.phone_key
        on conflict (phone_key) do update
       set linked_user_id = excluded.linked_user_id,
           verified_at = excluded.verified_at
     where d.verified_at < excluded.verified_at
    returning d.phone_key
  )
  select array_agg(w.phone_key order by w.phone_key)
    into v_changed
    from written w;

  phones_linked := coalesce(cardinality(v_changed), 0);
  insert into contact_sync_pending_links (phone_key)
  select c.phone_key
    from unnest(v_changed) as c (phone_key);

  -- Refused is what the directory now knows better than the caller.
  select coalesce(array_agg(g.position - 1 order by g.position), '{}')
    into outdated_positions
    from unnest(v_phone_keys, p_user_ids, p_verified_at) with ordinality
         as g (phone_key, user_id, verified_at, position)
    join phones d on d.phone_key = g.phone_key
   where not g.phone_key = any (coalesce(v_changed, '{}'))
     and (   coalesce(g.verified_at, v_now) < d.verified_at
          or (coalesce(g.verified_at, v_now) = d.verified_at and g.user_id <> d.linked_user_id));
  phones_unchanged := cardinality(p_phone_hashes) - phones_linked - cardinality(outdated_positions);
end
$$;


-- Links one verified number to a user. False when the directory said so
-- already; an older verification than the one on record is an error.
-- The links of contacts follow by link_pending_phones(). For service_role.
create function link_phone(
  p_phone_hash  text,
  p_user_id     uuid,
  p_verified_at timestamptz default null)
returns boolean
language plpgsql volatile
set search_path from current
as $$
declare
  v_linked   integer;
  v_outdated integer[];
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  select l.phones_linked, l.outdated_positions
    into v_linked, v_outdated
    from link_phones(array[p_phone_hash], array[p_user_id], array[p_verified_at]) as l;

  if cardinality(v_outdated) > 0 then
    raise exception using
      errcode = 'YC008',
      message = 'VERIFICATION_OUTDATED: the directory holds a newer verification of this number',
      hint = 'Nothing was changed. Verify the number again to take it over.';
  end if;
  return v_linked > 0;
end
$$;


-- Takes numbers out of the directory and returns how many there were. With
-- p_user_ids, a number is taken out only while it belongs to user i, so that a
-- late call can't take away what somebody else has verified since.
--
-- At once, no read shows those links any more; the stored ones follow by
-- link_pending_phones(). At most 10,000 numbers a call. For service_role.
create function unlink_phones(
  p_phone_hashes text[],
  p_user_ids     uuid[] default null)
returns integer
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_phone_keys uuid[];
  v_removed    integer;
begin
  perform contact_sync_require(p_phone_hashes is not null, 'p_phone_hashes');
  perform contact_sync_check_call_size(cardinality(p_phone_hashes));
  if cardinality(p_user_ids) <> cardinality(p_phone_hashes)
     or array_position(p_user_ids, null) is not null then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_user_ids must be as long as p_phone_hashes and hold no null';
  end if;
  v_phone_keys := contact_sync_parse_hashes(p_phone_hashes);

  -- Locked in key order before they go, as link_phones() locks them.
  with locked as (
    select d.phone_key
      from phones d
     where d.phone_key = any (v_phone_keys)
       and (p_user_ids is null
            or exists (select from unnest(v_phone_keys, p_user_ids) as g (phone_key, user_id)
                        where g.phone_key = d.phone_key
                          and g.user_id = d.linked_user_id))
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
    into v_removed
    from enqueued;
  return v_removed;
end
$$;


-- Takes one number out of the directory; with p_user_id only while it belongs
-- to that user. Returns whether it did. For service_role.
create function unlink_phone(
  p_phone_hash text,
  p_user_id    uuid default null)
returns boolean
language sql volatile
set search_path from current
as $$
  select unlink_phones(array[p_phone_hash], case when p_user_id is not null then array[p_user_id] end) > 0
$$;


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


-- How many changes of the directory the linker has not finished, and the age
-- of the oldest in seconds. For monitoring, and for service_role.
create function contact_sync_queue_state(
  out waiting     bigint,
  out lag_seconds numeric)
language sql stable
set search_path from current
as $$
  select count(*),
         coalesce(round(extract(epoch from now() - min(q.enqueued_at)), 3), 0)
    from contact_sync_pending_links q
$$;


select contact_sync_apply_grants();
