-- Judges a sync that brings numbers new to its owner, p_new beside those that only
-- came back, notes the score for the run (contact_sync_record_run()), and holds the
-- owner where it reaches the threshold that is set (set_suspect_hold()). Returns
-- whether the owner is held: then the caller stores no new link, and tells of none.
--
-- p_numbers is what the call names, p_matched how many of that have accounts. Takes
-- as long for any book: the owner's last 100 runs are looked at, and three rows.
--
-- Who was released is held again by what is worse by a whole sign, and not by the
-- same book: for 90 days, after which it is anybody's account again. The caller holds
-- the owner's lock.
create function contact_sync_judge(
  p_owner_id uuid,
  p_numbers  integer,
  p_new      integer,
  p_matched  integer,
  p_signs    jsonb)
returns boolean
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
  -- exchanging the book once more is worth as much (contact_sync_suspicion())
  c_worse      constant smallint := 30;
  -- On Citus runs are numbered where they are written: from 1 on the coordinator, and by
  -- each of the other nodes from beyond this. On PostgreSQL none is.
  c_elsewhere  constant bigint := 281474976710656;
  v_now        constant timestamptz := clock_timestamp();
  v_day_ago    constant timestamptz := v_now - interval '1 day';
  v_long_ago   constant timestamptz := v_now - interval '90 days';
  v_neighbours float8;
  v_percent    smallint;
  v_removed    integer;
  v_suspicion  smallint;
  v_is_held    boolean;
begin
  -- Of those that are new, as many in proportion as of all that were looked at.
  select g.neighbours::float8 / nullif(g.numbers, 0)::float8, coalesce(g.removed, 0)
    into v_neighbours, v_removed
    from contact_sync_read_signs(p_signs) as g;
  v_percent := round(100.0::float8 * v_neighbours)::smallint;

  select contact_sync_suspicion(
           d.inserted + p_new::bigint,
           d.seen + case when v_neighbours is null then 0::bigint else p_new::bigint end,
           d.neighbours + coalesce(v_neighbours * p_new::float8, 0.0::float8),
           d.named + p_numbers::bigint,
           d.matched + p_matched::bigint,
           d.removed + v_removed::bigint,
           d.refusals,
           s.contacts_count + p_new,
           (select p.book_size     from contact_sync_population p where p.only_row),
           (select p.matched_share from contact_sync_population p where p.only_row))
    into v_suspicion
    from contact_sync_status s
   cross join (
           select coalesce(sum(r.contacts_inserted), 0::bigint) as inserted,
                  coalesce(sum(r.contacts_inserted) filter (where r.neighbours_percent is not null), 0::bigint) as seen,
                  coalesce(sum(r.contacts_inserted::float8 * r.neighbours_percent::float8 / 100.0::float8), 0.0::float8) as neighbours,
                  coalesce(sum(r.synced_contacts_count), 0::bigint) as named,
                  coalesce(sum(r.matched_contacts_count), 0::bigint) as matched,
                  coalesce(sum(r.contacts_removed), 0::bigint) as removed,
                  count(*) filter (where r.error_code = 'NEW_NUMBER_BUDGET_EXCEEDED') as refusals
             from ((select l.*
                      from contact_sync_runs l
                     where l.owner_id = p_owner_id
                       and l.run_id < c_elsewhere
                     order by l.run_id desc
                     limit 100)
                    union all
                   (select l.*
                      from contact_sync_runs l
                     where l.owner_id = p_owner_id
                       and l.run_id >= c_elsewhere
                     order by l.run_id desc
                     limit 100)) as r
            where r.started_at > v_day_ago) as d
   where s.owner_id = p_owner_id;

  update contact_sync_status s
     set judged_suspicion = greatest(s.judged_suspicion, v_suspicion),
         judged_neighbours = greatest(s.judged_neighbours, v_percent),
         held_at = h.held_at,
         held_suspicion = case when h.held_at is null or s.held_at is not null then s.held_suspicion else v_suspicion end
    from (select case
                   when o.held_at is not null then o.held_at
                   when v_suspicion >= (select b.hold_suspects from contact_sync_settings b where b.only_row)
                    and (o.released_at is null
                      or o.released_at < v_long_ago
                      or v_suspicion >= o.released_suspicion + c_worse)
                   then v_now
                 end as held_at
            from contact_sync_status o
           where o.owner_id = p_owner_id) as h
   where s.owner_id = p_owner_id
  returning s.held_at is not null into v_is_held;
  return v_is_held;
end
$$;
