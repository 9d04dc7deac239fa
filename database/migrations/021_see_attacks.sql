-- 021_see_attacks.sql
-- Whose syncs look like an attack, and holding them.
--
-- Composed from database/definitions (npm run compose): until it is released,
-- change it there; from then on it stays as it is.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Outside of a transaction that line only warns, and what follows would be pinned to another path.
do $transaction$
begin
  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then
    raise exception using
      errcode = '25P01',
      message = 'this migration has to run in one transaction; nothing was changed',
      hint = 'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.';
  end if;
end
$transaction$;


-- Sets the score, 1 to 100, from which a sync makes its owner a held one, who keeps
-- the links they have and gains no more until they are released (release_owner());
-- 0: nobody is held any more from now on, which is so unless somebody sets it.
-- Returns what holds, NULL for nobody; NULL only tells. Whoever is held stays so.
-- For service_role.
create function set_suspect_hold(p_min_score integer default null)
returns integer
language plpgsql volatile
set search_path from current
as $$
begin
  if p_min_score is not null then
    perform contact_sync_check_range(p_min_score, 0, 100, 'p_min_score', '0 holds nobody.');
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, hold_suspects)
    select b.burst, b.refill_per_day, nullif(p_min_score, 0)
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do update
       set hold_suspects = excluded.hold_suspects,
           changed_at = excluded.changed_at
     where s.hold_suspects is distinct from excluded.hold_suspects;
  end if;
  return (select s.hold_suspects from contact_sync_settings s where s.only_row);
end
$$;


-- Releases an owner who is held: they gain links again, and the linker gives them
-- those that were withheld. Returns false where nobody held them. What led to it
-- does not hold them again, nor what is a little worse. For service_role.
create function release_owner(p_owner_id uuid)
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  -- Nobody unknown gets a row by being asked for; looked at again with the lock.
  if not exists (select from contact_sync_status s where s.owner_id = p_owner_id and s.held_at is not null) then
    return false;
  end if;
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);
  update contact_sync_status s
     set held_at = null,
         held_suspicion = null,
         released_at = v_now,
         released_suspicion = s.held_suspicion
   where s.owner_id = p_owner_id
     and s.held_at is not null;
  if not found then
    return false;
  end if;
  perform contact_sync_recheck_owners(array[p_owner_id]);
  return true;
end
$$;


-- Owners whose syncs since p_since (NULL: of the last 24 hours) have scored p_min_score
-- or more, with those who are held, whenever that was; the highest score first. suspicion
-- is the highest of the time; neighbours_percent, of the new numbers that came as numbers,
-- and the counts are of all their syncs since then, so that a sync of a few hashes at the
-- end hides nothing. Scores are described at contact_sync_suspicion(). For service_role.
create function list_suspects(
  p_min_score integer     default 30,
  p_since     timestamptz default null,
  p_limit     integer     default 100,
  out owner_id           uuid,
  out suspicion          integer,
  out neighbours_percent integer,
  out last_seen_at       timestamptz,
  out syncs              integer,
  out budget_refusals    integer,
  out contacts_inserted  bigint,
  out contacts_removed   bigint,
  out matched_contacts   bigint,
  out contacts_count     integer,
  out first_sync_at      timestamptz,
  out held_at            timestamptz,
  out released_at        timestamptz)
returns setof record
language plpgsql stable
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
  v_since    constant timestamptz := coalesce(p_since, now() - interval '1 day');
  -- those who are listed, with the score of each
  v_owners   uuid[];
  v_scores   integer[];
begin
  perform contact_sync_check_range(p_min_score, 1, 100, 'p_min_score', 'A score of 0 is anybody''s.');
  perform contact_sync_check_range(p_limit, 1, 10000, 'p_limit', 'Ask for a higher p_min_score instead.');
  with judged as (
    select r.owner_id, pg_catalog.max(r.suspicion) as suspicion
      from contact_sync_runs r
     where r.started_at >= v_since
       and r.suspicion > 0::smallint
       and r.suspicion >= p_min_score
     group by r.owner_id
  ), held as (
    select s.owner_id, s.held_suspicion
      from contact_sync_status s
     where s.held_at is not null
  ), chosen as (
    select coalesce(j.owner_id, h.owner_id) as owner_id,
           coalesce(j.suspicion, least(h.held_suspicion, 100::smallint))::integer as suspicion
      from judged j
      full join held h on h.owner_id = j.owner_id
     order by 2 desc, 1
     limit p_limit
  )
  select pg_catalog.array_agg(c.owner_id), pg_catalog.array_agg(c.suspicion)
    into v_owners, v_scores
    from chosen c;
  return query
    with run as (
      select r.owner_id,
             count(*)::integer as syncs,
             count(*) filter (where r.error_code = 'NEW_NUMBER_BUDGET_EXCEEDED')::integer as refusals,
             -- as contact_sync_judge() weighs them
             round(sum(r.contacts_inserted::float8 * r.neighbours_percent::float8)
                   / nullif(sum(r.contacts_inserted) filter (where r.neighbours_percent is not null), 0::bigint)::float8)::integer
               as neighbours,
             sum(r.contacts_inserted) as inserted,
             sum(r.contacts_removed) as removed,
             sum(r.matched_contacts_count) as matched
        from contact_sync_runs r
       where r.owner_id = any (v_owners)
         and r.started_at >= v_since
       group by r.owner_id
    ), state as (
      select s.owner_id, s.last_sync_at, s.contacts_count, s.first_sync_at, s.held_at, s.released_at
        from contact_sync_status s
       where s.owner_id = any (v_owners)
    )
    select c.owner_id, c.suspicion, r.neighbours, s.last_sync_at,
           coalesce(r.syncs, 0), coalesce(r.refusals, 0), coalesce(r.inserted, 0::bigint),
           coalesce(r.removed, 0::bigint), coalesce(r.matched, 0::bigint),
           s.contacts_count, s.first_sync_at, s.held_at, s.released_at
      from unnest(v_owners, v_scores) as c (owner_id, suspicion)
      join state s on s.owner_id = c.owner_id
      left join run r on r.owner_id = c.owner_id
     order by c.suspicion desc, c.owner_id;
end
$$;


-- How many owners' syncs of the last 24 hours have scored 30 or more, and 60 or
-- more, and how many owners are held. For monitoring, and for service_role.
create function contact_sync_suspect_state(
  out suspects      bigint,
  out high_suspects bigint,
  out held_owners   bigint)
language plpgsql stable
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
begin
  select pg_catalog.count(distinct r.owner_id),
         pg_catalog.count(distinct r.owner_id) filter (where r.suspicion >= 60::smallint)
    into suspects, high_suspects
    from contact_sync_runs r
   where r.started_at > now() - interval '1 day'
     and r.suspicion > 0::smallint
     and r.suspicion >= 30::smallint;
  held_owners := (select count(*) from contact_sync_status s where s.held_at is not null);
end
$$;


insert into contact_sync_migrations (name, run_on) values ('021_see_attacks', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
