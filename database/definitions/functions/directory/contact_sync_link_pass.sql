-- One pass of the linker, which link_pending_phones() and the library stand on:
-- makes stored links say what the directory says, to those who may find the user
-- (contact_sync_visible_user()), for numbers whose entry changed (those of p_phone_keys,
-- or all), or of which somebody's being found changed. A number that was forgotten
-- leaves the books of all who hold it. At most p_max_contacts contacts, in
-- one short transaction; has_more says that another pass would go on at once.
-- 500 take 20 to 70 ms, for which syncs of their owners may have to wait; with
-- more, they wait longer, and all the work takes hardly less time.
--
-- It waits for nobody. Entries and owners that somebody else has locked are
-- skipped: those entries are another linker's, and an owner's contact is late
-- (late_owner_ids) until whoever has the owner is done. Several linkers may work
-- at once; what that leaves right, and why:
--
-- Whoever writes an owner's link holds the owner's lock and has read the
-- directory in a later statement than the one that took it, the linker as well.
-- So of two writers of one contact the later one has read the later directory:
-- the last to write is the last to have read, and only a change that came after
-- that can be missing. That change has an entry of its own in the queue.
--
-- Why a look at the contacts is not enough for it: some transaction may have
-- read the directory before the change committed, and write after the look. It
-- is behind the fence (a linker too). So the first look notes who is there, and
-- an entry is finished by a look made when those have ended; whoever enters
-- later reads the change.
--
-- A change that is made in this very transaction has not been read by anybody:
-- whoever enters before it commits reads the directory without it. So it is
-- applied, and its entry stays as one that nobody has looked at, but for this
-- transaction's own passes: the first look that counts is made when it has committed.
--
-- Each change of a link gets the owner's next number, in the transaction that makes
-- it (contact_sync_number_links()), and a message where there is an outbox.
--
-- A number that left the directory and came back before anybody had looked
-- (is_return) is looked at as if it were gone; that entry's end is the beginning
-- of an ordinary one.
--
-- Each entry is found by its id or its number.
create function contact_sync_link_pass(
  p_phone_keys   uuid[]  default null,
  p_max_contacts integer default 500,
  out contacts_changed integer,
  out entries_finished integer,
  out entries_waiting  integer, -- counted up to 10,000 where p_phone_keys is null
  out entries_busy     integer, -- of p_phone_keys: those that another linker is at
  out owners_late      integer, -- of p_phone_keys: those who were locked
  out has_more         boolean)
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
  v_now         constant timestamptz := clock_timestamp();
  -- entries a round, entries in all, and owners that a list holds
  v_round_size  constant integer := least(p_max_contacts, 5000);
  v_max_entries constant integer := least(greatest(20 * p_max_contacts, 1000), 50000);
  v_max_list    constant integer := greatest(2 * p_max_contacts, 50000);
  v_start       bigint := 0;
  v_last        bigint;
  v_running     bigint[];
  v_holders     bigint[] := '{}';
  -- this transaction, where it has written something before
  v_own         constant bigint := pg_current_xact_id_if_assigned()::xid::text::bigint;
  v_began       constant timestamptz := now();
  v_shown       bigint[];
  -- entries of this pass, of this round, and those that were looked at
  v_asked       bigint[];
  v_entries     bigint[] := '{}';
  v_taken       bigint[];
  v_expanded     integer := 0; -- entries of books
  v_taken_count integer;
  v_looked      bigint[] := '{}';
  -- entries of this round to be looked at
  v_look_ids    bigint[];
  v_look_keys   uuid[];
  v_look_owners uuid[];
  v_look_gone   boolean[];
  -- of this pass, those of numbers that came back, and of them those of one owner
  v_return_ids  bigint[] := '{}';
  v_own_returns bigint[] := '{}';
  v_cut         integer;
  -- what may be to be changed: entry, number and owner at the same place
  v_ids         bigint[] := '{}';
  v_keys        uuid[] := '{}';
  v_owners      uuid[] := '{}';
  v_was_late    boolean[] := '{}';
  v_room        integer;
  -- of them, those that were late before, and the others
  v_late_room   constant integer := case when p_max_contacts < 4 then (random() < 0.5::float8)::integer else p_max_contacts / 4 end;
  v_lates       integer := 0;
  v_turns       integer := 0;
  v_found_at    integer[];
  v_found       uuid[];
  v_locked      integer[];
  v_locked_owners uuid[] := '{}';
  v_late        integer[];
  v_late_owners uuid[];
  v_blockers    bigint[];
  v_known       uuid[];
  v_count       integer;
  v_done        bigint[];
  v_left        record;
  v_ended_keys   uuid[];
  v_ended_owners uuid[];
  v_changed_at   timestamptz[] := '{}';
  -- contacts that are to be written, of a group of owners
  v_group        uuid[];
  v_new_owners   uuid[];
  v_new_keys     uuid[];
  v_new_links    uuid[];
  v_new_numbers  bigint[];
  -- contacts whose number was forgotten
  v_gone_owners uuid[];
  v_gone_keys   uuid[];
begin
  perform contact_sync_require_read_committed();
  contacts_changed := 0;
  entries_finished := 0;
  entries_busy := 0;
  owners_late := 0;
  has_more := false;

  if p_phone_keys is null then
    v_start := contact_sync_queue_start();
    if not exists (select from contact_sync_pending_links q where q.entry_id > v_start)
       and not exists (select from contact_sync_erasures e where not e.is_settled)
       and not exists (select from contact_sync_pending_books) then
      perform contact_sync_note_queue_start(v_start);
      entries_waiting := 0;
      return;
    end if;
  end if;

  if not contact_sync_is_only_linker() then
    select count(*)
      into entries_waiting
      from contact_sync_pending_links q
     where q.phone_key = any (p_phone_keys) or p_phone_keys is null;
    entries_busy := case when p_phone_keys is not null then entries_waiting else 0 end;
    return;
  end if;
  perform contact_sync_enter_fence();
  v_running := contact_sync_running_transactions();
  if v_own is not null then
    v_running := v_running operator(pg_catalog.||) array[v_own, -v_own];
  end if;
  v_last := v_start;
  if p_phone_keys is null then
    v_expanded := contact_sync_expand_books(v_own);
    has_more := v_expanded = 100;
  else
    v_asked := array(select q.entry_id
                       from contact_sync_pending_links q
                      where q.phone_key = any (p_phone_keys));
  end if;

  while pg_catalog.cardinality(v_owners) < p_max_contacts and pg_catalog.cardinality(v_entries) < v_max_entries loop
    if p_phone_keys is null then
      v_taken := contact_sync_take_entries(v_last, null::bigint[], v_now, v_running, v_round_size);
    else
      exit when pg_catalog.cardinality(v_asked) = 0;
      v_taken := contact_sync_take_entries(v_last, v_asked[1 : v_round_size], v_now, v_running, v_round_size);
      v_asked := v_asked[v_round_size + 1 :];
      continue when pg_catalog.cardinality(v_taken) = 0;
    end if;
    v_taken_count := pg_catalog.cardinality(v_taken);
    exit when v_taken_count = 0;
    v_last := v_taken[v_taken_count];
    select s.link_ids
      into v_shown
      from contact_sync_shown_everywhere(v_taken, null::bigint[], null::bytea, null::timestamptz) as s;
    if v_own is not null then
      v_shown := array(
        select pg_catalog.unnest(v_shown)
         union
        select q.entry_id
          from contact_sync_pending_links q
         where q.entry_id = any (v_taken)
           and q.enqueued_at = v_began
         order by 1);
    end if;
    v_taken := v_shown;
    -- What this pass has made of books is shown when it has ended: the next one's, unless
    -- that would be in the same transaction.
    if v_own is null and v_expanded > 0 and pg_catalog.cardinality(v_taken) < v_taken_count then
      has_more := true;
    end if;
    v_entries := v_entries operator(pg_catalog.||) v_taken;

    -- Asked after the entries were read, and before their contacts are: whoever
    -- enters from here on reads a directory that has their changes.
    v_holders := v_holders operator(pg_catalog.||) contact_sync_fence_holders();

    v_return_ids := v_return_ids operator(pg_catalog.||) array(
      select q.entry_id
        from contact_sync_pending_links q
       where q.entry_id = any (v_taken)
         and q.is_return);

    v_own_returns := v_own_returns operator(pg_catalog.||) array(
      select q.entry_id
        from contact_sync_pending_links q
       where q.entry_id = any (v_taken)
         and q.is_return
         and q.owner_id is not null);

    -- A number that changed several times needs one look, made now.
    v_done := array(
      select r.entry_id
        from (select d.entry_id,
                     row_number() over (partition by d.phone_key, d.owner_id
                                            order by d.is_return desc, d.is_new desc, d.entry_id desc) as place
                from (select t.entry_id, t.phone_key, t.owner_id, t.is_return,
                             t.fence_holders is null or 0 > any (t.fence_holders) as is_new
                        from contact_sync_pending_links t
                       where t.entry_id = any (v_taken)
                         and t.owner_ids is null
                         and t.late_owner_ids is null
                      offset 0) as d) as r
       where r.place > 1);
    if pg_catalog.cardinality(v_done) > 0 then
      delete from contact_sync_pending_links q where q.entry_id = any (v_done);
      entries_finished := entries_finished + pg_catalog.cardinality(v_done);
    end if;

    -- What earlier looks have left: those who were late, to whom only a part of a
    -- pass is given, and those whose turn comes.
    select v_ids    operator(pg_catalog.||) pg_catalog.array_agg(s.entry_id  order by s.entry_id, s.place),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(s.phone_key order by s.entry_id, s.place),
           v_owners operator(pg_catalog.||) pg_catalog.array_agg(s.owner_id  order by s.entry_id, s.place)
      into v_ids, v_keys, v_owners
      from (select q.entry_id, q.phone_key, o.owner_id, o.place
              from contact_sync_pending_links q
             cross join lateral pg_catalog.unnest(q.late_owner_ids[1 : v_late_room]) with ordinality as o (owner_id, place)
             where q.entry_id = any (v_taken)
               and q.late_owner_ids is not null
             order by q.entry_id, o.place
             limit v_late_room - v_lates) as s;
    v_was_late := v_was_late operator(pg_catalog.||) pg_catalog.array_fill(true, array[pg_catalog.cardinality(v_owners) - pg_catalog.cardinality(v_was_late)]);
    v_lates := pg_catalog.cardinality(v_owners) - v_turns;
    v_room := p_max_contacts - pg_catalog.cardinality(v_owners);

    select v_ids    operator(pg_catalog.||) pg_catalog.array_agg(s.entry_id  order by s.entry_id, s.place),
           v_keys   operator(pg_catalog.||) pg_catalog.array_agg(s.phone_key order by s.entry_id, s.place),
           v_owners operator(pg_catalog.||) pg_catalog.array_agg(s.owner_id  order by s.entry_id, s.place)
      into v_ids, v_keys, v_owners
      from (select q.entry_id, q.phone_key, o.owner_id, o.place
              from contact_sync_pending_links q
             cross join lateral pg_catalog.unnest(q.owner_ids[q.owners_tried + 1 : q.owners_tried + v_room]) with ordinality
                   as o (owner_id, place)
             where q.entry_id = any (v_taken)
               and q.owner_ids is not null
             order by q.entry_id, o.place
             limit v_room) as s;
    v_was_late := v_was_late operator(pg_catalog.||) pg_catalog.array_fill(false, array[pg_catalog.cardinality(v_owners) - pg_catalog.cardinality(v_was_late)]);
    v_turns := pg_catalog.cardinality(v_owners) - v_lates;
    v_room := p_max_contacts - pg_catalog.cardinality(v_owners);

    select coalesce(pg_catalog.array_agg(q.entry_id  order by q.entry_id), '{}'),
           coalesce(pg_catalog.array_agg(q.phone_key order by q.entry_id), '{}'),
           coalesce(pg_catalog.array_agg(q.owner_id  order by q.entry_id), '{}'),
           coalesce(pg_catalog.array_agg(q.is_return order by q.entry_id), '{}')
      into v_look_ids, v_look_keys, v_look_owners, v_look_gone
      from contact_sync_pending_links q
     where q.entry_id = any (v_taken)
       and q.owner_ids is null
       and q.late_owner_ids is null;

    select pg_catalog.array_agg(f.place), pg_catalog.array_agg(f.owner_id)
      into v_found_at, v_found
      from (select s.place, s.owner_id
              from contact_sync_stale_contacts(v_look_keys, v_look_owners, v_look_gone, v_room + 1) as s) as f;
    v_cut := null;
    if pg_catalog.cardinality(v_found) > v_room then
      -- Not all fit in: the numbers before the last one have been looked at.
      v_cut := v_found_at[v_room + 1];
      if v_found_at[1] = v_cut and v_turns = 0 then
        -- One number alone is too much, so what the look finds is kept.
        v_found := array(
          select s.owner_id
            from contact_sync_stale_contacts(
                   array[v_look_keys[v_cut]], array[v_look_owners[v_cut]], array[v_look_gone[v_cut]], v_max_list) as s);
        update contact_sync_pending_links q
           set owner_ids = case when pg_catalog.cardinality(v_found) > 0 then v_found end,
               fence_holders = case
                                 when pg_catalog.cardinality(v_found) = v_max_list then q.fence_holders
                                 when not 0 > any (q.fence_holders) then '{}'
                                 when v_own is not null and q.enqueued_at = v_began then array[-v_own]
                                 else v_holders
                               end
         where q.entry_id = v_look_ids[v_cut];
        v_found_at := pg_catalog.array_fill(v_cut, array[least(v_room, pg_catalog.cardinality(v_found))]);
        v_found := v_found[1 : v_room];
      else
        v_room := pg_catalog.cardinality(array(select f.place from pg_catalog.unnest(v_found_at) as f (place) where f.place < v_cut));
        v_found_at := v_found_at[1 : v_room];
        v_found := v_found[1 : v_room];
      end if;
    end if;
    v_looked := v_looked operator(pg_catalog.||) v_look_ids[1 : coalesce(v_cut - 1, pg_catalog.cardinality(v_look_ids))];

    select v_ids  operator(pg_catalog.||) coalesce(pg_catalog.array_agg(v_look_ids[f.place]  order by f.n), '{}'),
           v_keys operator(pg_catalog.||) coalesce(pg_catalog.array_agg(v_look_keys[f.place] order by f.n), '{}')
      into v_ids, v_keys
      from pg_catalog.unnest(v_found_at) with ordinality as f (place, n);
    v_owners := v_owners operator(pg_catalog.||) v_found;
    v_was_late := v_was_late operator(pg_catalog.||) pg_catalog.array_fill(false, array[pg_catalog.cardinality(v_owners) - pg_catalog.cardinality(v_was_late)]);
    v_turns := pg_catalog.cardinality(v_owners) - v_lates;
    if v_cut is not null then
      has_more := true;
      exit;
    end if;
    exit when p_phone_keys is null and v_taken_count < v_round_size;
  end loop;
  has_more := has_more
           or v_turns > 0 and pg_catalog.cardinality(v_owners) >= p_max_contacts
           or pg_catalog.cardinality(v_entries) >= v_max_entries;

  -- With the owners locked, ask the directory again and write what is still to
  -- be written.
  v_locked := contact_sync_try_lock_owners(v_owners);
  if pg_catalog.cardinality(v_locked) > 0 then
    v_locked_owners := array(select distinct v_owners[l.place] from pg_catalog.unnest(v_locked) as l (place));
    perform contact_sync_number_links(v_locked_owners, false);
    if contact_sync_has_outbox() then
      perform contact_sync_announce_stale(
        array(select v_owners[l.place] from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
        array(select v_keys[l.place]   from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
        array(select v_ids[l.place] = any (v_return_ids)
                from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n),
        array(select v_ids[l.place] = any (v_own_returns)
                from pg_catalog.unnest(v_locked) with ordinality as l (place, n) order by l.n));
    end if;
  end if;
  -- A number that was forgotten leaves the books. Whatever is left below is in them.
  select pg_catalog.array_agg(s.owner_id), pg_catalog.array_agg(s.phone_key)
    into v_gone_owners, v_gone_keys
    from (select v_owners[l.place] as owner_id, v_keys[l.place] as phone_key
            from pg_catalog.unnest(v_locked) as l (place)
          offset 0) as s
    join phones d on d.phone_key = s.phone_key
   where d.linked_user_id is null;
  if v_gone_owners is not null then
    contacts_changed := contact_sync_forget_contacts(v_gone_owners, v_gone_keys);
  end if;

  for v_group in select g.owner_ids from contact_sync_owner_groups(v_locked_owners) as g (owner_ids) loop
    select pg_catalog.array_agg(w.owner_id), pg_catalog.array_agg(w.phone_key),
           pg_catalog.array_agg(w.link), pg_catalog.array_agg(w.link_number)
      into v_new_owners, v_new_keys, v_new_links, v_new_numbers
      from (select c.owner_id, c.phone_key, t.link,
                   case
                     -- Nobody is gone silently: who hides would be told from who left.
                     when c.linked_user_id is distinct from t.link
                     then t.link_number + (t.is_silent and t.link is not null)::integer::bigint
                     else c.link_number
                   end as link_number
              from (select s.owner_id, s.phone_key, s.takes_given, o.link_number,
                           d.phone_key is not null as is_in_directory,
                           coalesce(d.is_silent, false) as is_silent,
                           case
                             when o.held_at is null
                             then (select v.id from contact_sync_visible_user(s.owner_id, nullif(d.linked_user_id, s.owner_id)) as v (id))
                             else contact_sync_link_of(
                                    s.owner_id, d.linked_user_id,
                                    (select b.linked_user_id
                                       from contacts_with_accounts b
                                      where b.owner_id = s.owner_id
                                        and b.phone_key between s.phone_key and s.phone_key
                                        and (v_group is null or b.owner_id = any (v_group))))
                           end as link
                      from (select v_owners[l.place] as owner_id, v_keys[l.place] as phone_key,
                                   v_ids[l.place] = any (v_return_ids) as is_gone,
                                   v_ids[l.place] = any (v_own_returns) as takes_given
                              from pg_catalog.unnest(v_locked) as l (place)
                             where v_group is null or v_owners[l.place] = any (v_group)
                            offset 0) as s
                      join contact_sync_status o
                        on o.owner_id = s.owner_id
                       and (v_group is null or o.owner_id = any (v_group))
                      left join phones d on d.phone_key = s.phone_key and not s.is_gone
                    -- or else who may be found is asked again for each use of it, and on Citus,
                    -- where this function's planner settings do not reach, for the whole book
                    offset 0) as t
              -- Between and not equal: or else the planner may look up each owner among all
              -- who hold the number, instead of by the primary key.
              join contacts_with_accounts c
                on c.owner_id = t.owner_id
               and c.phone_key between t.phone_key and t.phone_key
               and (v_group is null or c.owner_id = any (v_group))
             where c.linked_user_id is distinct from t.link and (t.is_in_directory or not c.link_given)
                or t.is_in_directory and c.link_given
                or c.link_given and not t.is_in_directory
                   and (t.takes_given or not contact_sync_may_find(c.owner_id, c.linked_user_id))) as w;
    continue when v_new_owners is null;

    update contacts_with_accounts c
       set linked_user_id = w.link,
           link_given = false,
           link_number = w.link_number,
           updated_at = v_now
      from unnest(v_new_owners, v_new_keys, v_new_links, v_new_numbers)
             as w (owner_id, phone_key, link, link_number)
     where c.owner_id = w.owner_id
       and c.phone_key between w.phone_key and w.phone_key
       and (v_group is null or c.owner_id = any (v_group));
    contacts_changed := contacts_changed + pg_catalog.cardinality(v_new_owners);
  end loop;

  -- Those who were locked; not those who are gone, book and all.
  v_late := '{}';
  if pg_catalog.cardinality(v_locked) < pg_catalog.cardinality(v_owners) then
    v_late := array(
      select generate_series(1, pg_catalog.cardinality(v_owners))
      except
      select pg_catalog.unnest(v_locked)
      order by 1);
    v_late_owners := array(select distinct v_owners[l.place] from pg_catalog.unnest(v_late) as l (place));
    v_known := array(select s.owner_id from contact_sync_status s where s.owner_id = any (v_late_owners));
    if pg_catalog.cardinality(v_known) < pg_catalog.cardinality(v_late_owners) then
      v_known := v_known operator(pg_catalog.||) array(
        select distinct c.owner_id from contacts_with_accounts c where c.owner_id = any (v_late_owners));
    end if;
    v_late := array(
      select l.place from pg_catalog.unnest(v_late) as l (place) where v_owners[l.place] = any (v_known) order by l.place);
    select pg_catalog.array_agg(b.locker order by l.n)
      into v_blockers
      from pg_catalog.unnest(v_late) with ordinality as l (place, n)
      left join contact_sync_owner_lockers(v_known) as b on b.owner_id = v_owners[l.place];
    v_running := v_running operator(pg_catalog.||) contact_sync_running_transactions();
  end if;

  -- What was looked at and left nobody late is finished, or waits for the fence.
  select pg_catalog.array_agg(e.entry_id),
         pg_catalog.array_agg(e.phone_key) filter (where e.is_return),
         pg_catalog.array_agg(e.owner_id)  filter (where e.is_return),
         coalesce(pg_catalog.array_agg(e.enqueued_at) filter (where e.owner_id is null and not e.is_return), '{}')
    into v_done, v_ended_keys, v_ended_owners, v_changed_at
    from contact_sync_pending_links e
   where e.entry_id = any (v_looked)
     and (   not 0 > any (e.fence_holders)
          or pg_catalog.cardinality(v_holders) = 0 and (v_own is null or e.enqueued_at <> v_began))
     and not e.entry_id = any (array(select v_ids[l.place] from pg_catalog.unnest(v_late) as l (place)));
  if v_done is not null then
    delete from contact_sync_pending_links q where q.entry_id = any (v_done);
    entries_finished := entries_finished + pg_catalog.cardinality(v_done);
  end if;
  update contact_sync_pending_links q
     set fence_holders = case
                           when not 0 > any (q.fence_holders) then '{}'
                           when v_own is not null and q.enqueued_at = v_began then array[-v_own]
                           else v_holders
                         end
   where q.entry_id = any (v_looked);

  if pg_catalog.cardinality(v_ids) > 0 then
    -- Of what is kept in lists: who has had their turn, and who is late.
    for v_left in
      with turn as (
        select v_ids[p.place] as entry_id, v_was_late[p.place] as was_late, null::uuid as late_id, null::bigint as blocker
          from generate_series(1, pg_catalog.cardinality(v_ids)) as p (place)
         union all
        select v_ids[l.place], null, v_owners[l.place], v_blockers[l.n]
          from pg_catalog.unnest(v_late) with ordinality as l (place, n)
      ), had as (
        select t.entry_id,
               (count(*) filter (where t.late_id is null and t.was_late))::integer as lates,
               (count(*) filter (where t.late_id is null and not t.was_late))::integer as turns,
               coalesce(pg_catalog.array_agg(t.late_id) filter (where t.late_id is not null), '{}') as late_ids,
               pg_catalog.array_agg(t.blocker) filter (where t.late_id is not null) as blockers,
               coalesce(bool_or(t.late_id is not null
                                and not coalesce(t.blocker = any (v_running), false)
                                and not coalesce(contact_sync_is_in_progress(t.blocker), false)), false) as is_one_free
          from turn t
         group by t.entry_id
      )
      select q.entry_id,
             n.is_unfinished,
             case when n.is_unfinished then q.owners_tried + h.turns else 0 end as owners_tried,
             n.late_owner_ids,
             case when n.late_owner_ids is not null then coalesce(q.late_since, v_now) end as late_since,
             pg_catalog.cardinality(n.late_owner_ids) = pg_catalog.cardinality(h.late_ids) as are_all_tried,
             h.blockers,
             h.is_one_free
        from had h
        join contact_sync_pending_links q on q.entry_id = h.entry_id
       cross join lateral (
               select coalesce(q.owners_tried + h.turns < pg_catalog.cardinality(q.owner_ids), false) as is_unfinished,
                      case when pg_catalog.cardinality(l.ids) > 0 then l.ids end as late_owner_ids
                 from (select coalesce(q.late_owner_ids[h.lates + 1 :], '{}') operator(pg_catalog.||) h.late_ids as ids) as l
             ) as n
       where q.entry_id = any (v_ids)
         and (q.owner_ids is not null or q.late_owner_ids is not null or pg_catalog.cardinality(h.late_ids) > 0)
    loop
      update contact_sync_pending_links q
         set owner_ids = case when v_left.is_unfinished then q.owner_ids end,
             owners_tried = v_left.owners_tried,
             late_owner_ids = v_left.late_owner_ids,
             late_since = v_left.late_since,
             blockers = case
                          when v_left.are_all_tried and not v_left.is_one_free and v_left.blockers operator(pg_catalog.<@) v_running
                          then array(select distinct b.id from pg_catalog.unnest(v_left.blockers) as b (id))
                        end,
             -- Where the transactions are known, their end is what counts; the time
             -- is for a mistake about them. Those of a savepoint are tried now and then,
             -- and at once whoever is free by now.
             retry_at = case
                          when v_left.late_owner_ids is null then null
                          when not v_left.are_all_tried or v_left.is_one_free then v_now
                          when v_left.blockers operator(pg_catalog.<@) v_running
                          then v_now + greatest(interval '1 minute', least(v_now - v_left.late_since, interval '1 hour'))
                          else v_now + greatest(interval '2 seconds', least((v_now - v_left.late_since) / 4::float8, interval '1 minute'))
                        end
       where q.entry_id = v_left.entry_id;
    end loop;

    select pg_catalog.array_agg(e.entry_id),
           v_ended_keys   operator(pg_catalog.||) pg_catalog.array_agg(e.phone_key) filter (where e.is_return),
           v_ended_owners operator(pg_catalog.||) pg_catalog.array_agg(e.owner_id)  filter (where e.is_return),
           v_changed_at   operator(pg_catalog.||) pg_catalog.array_agg(e.enqueued_at) filter (where e.owner_id is null and not e.is_return)
      into v_done, v_ended_keys, v_ended_owners, v_changed_at
      from contact_sync_pending_links e
     where e.entry_id = any (v_ids)
       and e.owner_ids is null
       and e.late_owner_ids is null
       and pg_catalog.cardinality(e.fence_holders) = 0;
    if v_done is not null then
      delete from contact_sync_pending_links q where q.entry_id = any (v_done);
      entries_finished := entries_finished + pg_catalog.cardinality(v_done);
    end if;

    has_more := has_more
      or exists (select
                   from contact_sync_pending_links q
                  where q.entry_id = any (v_ids)
                    and (   q.owner_ids is not null
                         or q.late_owner_ids is null
                            and (q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) (v_running operator(pg_catalog.||) v_holders))));
  end if;

  -- Of the changes of numbers that every book says now, how long they took. Rows of this
  -- pass alone: it waits for nobody.
  if pg_catalog.cardinality(v_changed_at) > 0 then
    insert into contact_sync_finished_links (finished_at, bucket, how_many)
    select clock_timestamp(), d.bucket, count(*)::integer
      from (select pg_catalog.width_bucket(
                     greatest(1.0::float8, 1000.0::float8 * extract(epoch from clock_timestamp() - c.changed_at)::float8),
                     contact_sync_bucket_bounds()) as bucket
              from pg_catalog.unnest(v_changed_at) as c (changed_at)) as d
     group by d.bucket;
  end if;

  -- What came back, now that it was gone for everybody.
  if pg_catalog.cardinality(v_ended_keys) > 0 then
    insert into contact_sync_pending_links (phone_key, owner_id)
    select distinct e.phone_key, e.owner_id
      from unnest(v_ended_keys, v_ended_owners) as e (phone_key, owner_id);
    has_more := true;
  end if;

  if p_phone_keys is not null then
    select count(*),
           count(*) filter (where not q.entry_id = any (v_entries)
                              and q.late_owner_ids is null
                              and (q.owner_ids is not null or q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) v_running))
      into entries_waiting, entries_busy
      from contact_sync_pending_links q
     where q.phone_key = any (p_phone_keys);
    select pg_catalog.count(distinct o.id)
      into owners_late
      from contact_sync_pending_links q
     cross join lateral pg_catalog.unnest(q.late_owner_ids) as o (id)
     where q.phone_key = any (p_phone_keys);
  else
    contacts_changed := contacts_changed + contact_sync_settle_erasures(p_max_contacts - contacts_changed, v_own);
    perform contact_sync_note_queue_start(v_start);
    select count(*)
      into entries_waiting
      from (select
              from contact_sync_pending_links q
             where q.entry_id > v_start
             union all
            select
              from contact_sync_pending_books
             limit 10000) as w;
  end if;
end
$$;
