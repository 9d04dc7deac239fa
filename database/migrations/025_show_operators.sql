-- 025_show_operators.sql
-- What an operator sees: each day, what failed, what is stored, and one user.
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


-- How many milliseconds the durations of a bucket took, about (contact_sync_bucket_bounds()).
create function contact_sync_bucket_ms(p_bucket smallint)
returns bigint
language plpgsql immutable
set search_path from current
as $$
begin
  return round(pow(2.0::float8, (p_bucket::float8 - 0.5::float8) / 8.0::float8))::bigint;
end
$$;


-- How the service's syncs went, a row for each UTC day with any since p_since, of runs
-- that still stand and of those that were folded: the same before and after. full_syncs
-- and delta_syncs are completed ones; unchanged_syncs are deltas that changed nothing.
-- Percentiles are of the completed ones that left a run, to 5 %
-- (contact_sync_bucket_bounds()).
create function contact_sync_daily_figures(p_since date)
returns table (
  sync_date           date,
  full_syncs          bigint,
  delta_syncs         bigint,
  unchanged_syncs     bigint,
  failed_syncs        bigint,
  contacts_processed  bigint,
  contacts_inserted   bigint,
  contacts_updated    bigint,
  contacts_unchanged  bigint,
  contacts_removed    bigint,
  contacts_matched    bigint,
  success_rate        numeric,
  match_rate          numeric,
  p50_ms              bigint,
  p95_ms              bigint,
  contacts_per_second numeric,
  budget_refusals     bigint)
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
#variable_conflict use_column
begin
  return query
      -- Grouped by all that is asked below, so that the runs are read once.
      with run as materialized (
        select (r.started_at at time zone 'UTC')::date as sync_date,
               r.sync_status = 'completed' as is_completed,
               r.sync_mode = 'delta' as is_delta,
               coalesce(r.error_code = 'NEW_NUMBER_BUDGET_EXCEEDED', false) as is_refused,
               pg_catalog.width_bucket(r.processing_time_ms::float8, contact_sync_bucket_bounds()) as bucket,
               count(*) as syncs,
               sum(r.processing_time_ms) as milliseconds,
               sum(r.synced_contacts_count) as processed,
               sum(r.contacts_inserted) as inserted,
               sum(r.contacts_updated) as updated,
               sum(r.contacts_unchanged) as unchanged,
               sum(r.contacts_removed) as removed,
               sum(r.matched_contacts_count) as matched
          from contact_sync_runs r
         where r.started_at >= p_since::timestamp at time zone 'UTC'
         group by 1, 2, 3, 4, 5
      ), part as (
        select r.sync_date,
               coalesce(sum(r.syncs) filter (where r.is_completed and not r.is_delta), 0.0) as full_syncs,
               coalesce(sum(r.syncs) filter (where r.is_completed and r.is_delta), 0.0) as delta_syncs,
               0.0 as unchanged_syncs,
               coalesce(sum(r.syncs) filter (where not r.is_completed), 0.0) as failed_syncs,
               sum(r.processed) as processed,
               sum(r.inserted) as inserted,
               sum(r.updated) as updated,
               sum(r.unchanged) as unchanged,
               sum(r.removed) as removed,
               sum(r.matched) as matched,
               coalesce(sum(r.milliseconds) filter (where r.is_completed), 0.0) as milliseconds,
               coalesce(sum(r.syncs) filter (where r.is_refused), 0.0) as refusals
          from run r
         group by r.sync_date
         union all
        select t.sync_date,
               t.completed_syncs - t.delta_syncs, t.delta_syncs, t.unchanged_syncs, t.failed_syncs,
               t.synced_contacts_count, t.contacts_inserted, t.contacts_updated, t.contacts_unchanged,
               t.contacts_removed, t.matched_contacts_count, t.processing_time_ms,
               coalesce((select f.syncs
                           from contact_sync_daily_failures f
                          where f.sync_date = t.sync_date
                            and f.error_code = 'NEW_NUMBER_BUDGET_EXCEEDED'), 0::bigint)
          from contact_sync_daily_totals t
         where t.sync_date >= p_since
      ), figure as (
        select p.sync_date,
               sum(p.full_syncs) as full_syncs,
               sum(p.delta_syncs) as delta_syncs,
               sum(p.unchanged_syncs) as unchanged_syncs,
               sum(p.failed_syncs) as failed_syncs,
               sum(p.full_syncs + p.delta_syncs + p.unchanged_syncs) as good_syncs,
               sum(p.processed) as processed,
               sum(p.inserted) as inserted,
               sum(p.updated) as updated,
               sum(p.unchanged) as unchanged,
               sum(p.removed) as removed,
               sum(p.matched) as matched,
               sum(p.milliseconds) as milliseconds,
               sum(p.refusals) as refusals
          from part p
         group by p.sync_date
      ), duration as (
        select d.sync_date, d.bucket, sum(d.how_many) as how_many
          from (select r.sync_date, r.bucket, r.syncs as how_many
                  from run r
                 where r.is_completed
                 union all
                select f.sync_date, f.bucket::integer, f.how_many
                  from contact_sync_daily_durations f
                 where f.subject = 'sync'
                   and f.sync_date >= p_since) as d
         group by d.sync_date, d.bucket
      ), percentile as (
        select c.sync_date,
               min(c.bucket) filter (where c.so_far >= 0.5 * c.in_all) as p50,
               min(c.bucket) filter (where c.so_far >= 0.95 * c.in_all) as p95
          from (select d.sync_date, d.bucket,
                       sum(d.how_many) over (partition by d.sync_date order by d.bucket) as so_far,
                       sum(d.how_many) over (partition by d.sync_date) as in_all
                  from duration d) as c
         group by c.sync_date
      )
      select f.sync_date,
             f.full_syncs::bigint, f.delta_syncs::bigint, f.unchanged_syncs::bigint, f.failed_syncs::bigint,
             f.processed::bigint, f.inserted::bigint, f.updated::bigint, f.unchanged::bigint,
             f.removed::bigint, f.matched::bigint,
             round(100.0 * f.good_syncs / nullif(f.good_syncs + f.failed_syncs, 0.0), 2),
             round(100.0 * f.matched / nullif(f.processed, 0.0), 2),
             contact_sync_bucket_ms(p.p50::smallint),
             contact_sync_bucket_ms(p.p95::smallint),
             round(1000.0 * f.processed / nullif(f.milliseconds, 0.0), 1),
             f.refusals::bigint
        from figure f
        left join percentile p on p.sync_date = f.sync_date
       order by f.sync_date;
end
$$;


-- The service's last p_days UTC days, today included (1 to 365), the oldest first, a row
-- for each of them: how its syncs went, how much there was (NULLs where
-- clean_up_contact_sync() did not run that day), and how many changes of the directory
-- reached every book that day, and how long the slowest but 5 % of them took. For
-- service_role.
create function get_operation_history(
  p_days integer default 30,
  out sync_date               date,
  out full_syncs              bigint,
  out delta_syncs             bigint,
  out unchanged_syncs         bigint,
  out failed_syncs            bigint,
  out contacts_processed      bigint,
  out contacts_inserted       bigint,
  out contacts_updated        bigint,
  out contacts_unchanged      bigint,
  out contacts_removed        bigint,
  out contacts_matched        bigint,
  out success_rate            numeric,
  out match_rate              numeric,
  out p50_ms                  bigint,
  out p95_ms                  bigint,
  out contacts_per_second     numeric,
  out budget_refusals         bigint,
  out directory_numbers       bigint,
  out contacts                bigint,
  out stored_rows             bigint,
  out stored_bytes            bigint,
  out changes_linked          bigint,
  out link_lag_p95_seconds    numeric)
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
  v_today constant date := (now() at time zone 'UTC')::date;
  v_since date;
begin
  perform contact_sync_check_range(p_days, 1, 365, 'p_days', 'The view contact_sync_stats has every day.');
  v_since := v_today - (p_days - 1);
  return query
    with day as (
      select v_since + n as sync_date
        from generate_series(0, p_days - 1) as n
    ), lag as (
      select l.sync_date, l.bucket, sum(l.how_many) as how_many
        from (select t.sync_date, t.bucket, t.how_many
                from contact_sync_daily_durations t
               where t.subject = 'link'
                 and t.sync_date >= v_since
               union all
              select (f.finished_at at time zone 'UTC')::date, f.bucket, f.how_many::bigint
                from contact_sync_finished_links f
               where f.finished_at >= v_since::timestamp at time zone 'UTC') as l
       group by l.sync_date, l.bucket
    ), linked as (
      select c.sync_date, max(c.in_all) as in_all,
             min(c.bucket) filter (where c.so_far >= 0.95 * c.in_all) as p95
        from (select l.sync_date, l.bucket,
                     sum(l.how_many) over (partition by l.sync_date order by l.bucket) as so_far,
                     sum(l.how_many) over (partition by l.sync_date) as in_all
                from lag l) as c
       group by c.sync_date
    )
    select d.sync_date,
           coalesce(f.full_syncs, 0::bigint), coalesce(f.delta_syncs, 0::bigint),
           coalesce(f.unchanged_syncs, 0::bigint), coalesce(f.failed_syncs, 0::bigint),
           coalesce(f.contacts_processed, 0::bigint), coalesce(f.contacts_inserted, 0::bigint),
           coalesce(f.contacts_updated, 0::bigint), coalesce(f.contacts_unchanged, 0::bigint),
           coalesce(f.contacts_removed, 0::bigint), coalesce(f.contacts_matched, 0::bigint),
           f.success_rate, f.match_rate, f.p50_ms, f.p95_ms, f.contacts_per_second,
           coalesce(f.budget_refusals, 0::bigint),
           s.directory_numbers, s.contacts, s.stored_rows, s.stored_bytes,
           coalesce(l.in_all, 0.0)::bigint,
           round(contact_sync_bucket_ms(l.p95)::numeric / 1000.0, 3)
      from day d
      left join contact_sync_daily_figures(v_since) as f on f.sync_date = d.sync_date
      left join contact_sync_daily_state s on s.state_date = d.sync_date
      left join linked l on l.sync_date = d.sync_date
     order by d.sync_date;
end
$$;


-- The failed syncs of the last p_days UTC days, today included (1 to 365), by what was
-- wrong, the most frequent first. owners are those of whom such a run still stands:
-- what was folded (set_retention()) is of nobody. For service_role.
create function list_sync_failures(
  p_days integer default 30,
  out error_code text,
  out syncs      bigint,
  out owners     bigint,
  out last_at    timestamptz)
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
  v_since constant date := (now() at time zone 'UTC')::date - (coalesce(p_days, 1) - 1);
begin
  perform contact_sync_check_range(p_days, 1, 365, 'p_days', 'Older days have only their sums.');
  return query
    select f.error_code, sum(f.syncs)::bigint, sum(f.owners)::bigint, max(f.last_at)
      from (select coalesce(r.error_code, 'INTERNAL') as error_code, count(*) as syncs, pg_catalog.count(distinct r.owner_id) as owners, max(r.started_at) as last_at
              from contact_sync_runs r
             where r.sync_status = 'failed'
               and r.started_at >= v_since::timestamp at time zone 'UTC'
             group by 1
             union all
            select d.error_code, d.syncs, 0::bigint, d.last_at
              from contact_sync_daily_failures d
             where d.sync_date >= v_since) as f
     group by f.error_code
     order by 2 desc, 1;
end
$$;


-- Today, since midnight UTC, and how things stand now, as the operator's page is told
-- (OperationOverview of the wire types, without the version). For service_role.
create function contact_sync_overview()
returns jsonb
language plpgsql volatile
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
  c_counted constant bigint := 4194304;
  v_storage jsonb;
  v_linked  bigint;
begin
  v_storage := (
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
             'table', t.table_name, 'rows_estimate', t.rows_estimate, 'bytes', t.bytes)
             order by t.bytes desc, t.table_name)
      from list_stored_tables() as t);
  v_linked :=
    case
      when (select m.bytes from contact_sync_measure_relations(array['contacts_with_accounts'::regclass::oid]) as m) <= c_counted
      then (select count(*) from contacts_with_accounts c where c.linked_user_id is not null)
      else contact_sync_estimate_rows('contacts_with_accounts_linked_idx'::regclass)
    end;
  return pg_catalog.jsonb_build_object(
    'at', clock_timestamp(),
    'today', (
      select pg_catalog.to_jsonb(h)
             - '{sync_date,directory_numbers,contacts,stored_rows,stored_bytes,changes_linked,link_lag_p95_seconds}'::text[]
        from get_operation_history(1) as h),
    'directory', (
      select pg_catalog.to_jsonb(d)
        from contact_sync_directory_state() as d),
    'books', pg_catalog.jsonb_build_object(
      'owners', (
        select t.item -> 'rows_estimate'::text
          from pg_catalog.jsonb_array_elements(v_storage) as t (item)
         where t.item ->> 'table'::text = 'contact_sync_status'),
      'contacts', (
        select t.item -> 'rows_estimate'::text
          from pg_catalog.jsonb_array_elements(v_storage) as t (item)
         where t.item ->> 'table'::text = 'contacts_with_accounts'),
      'linked_contacts', v_linked),
    'links', (
      select pg_catalog.jsonb_build_object(
               'waiting', q.waiting, 'lag_seconds', q.lag_seconds, 'owners_in_the_way', q.owners_in_the_way)
        from contact_sync_queue_state() as q),
    'storage', v_storage,
    'webhooks', (
      select pg_catalog.jsonb_build_object(
               'on', contact_sync_has_outbox(), 'waiting', o.waiting,
               'oldest_seconds', o.oldest_seconds, 'failed', o.set_aside)
        from contact_sync_outbox_state() as o),
    'suspects', (
      select pg_catalog.jsonb_build_object('seen', s.suspects, 'held', s.held_owners)
        from contact_sync_suspect_state() as s));
end
$$;


-- The limits that this database has in force for whoever syncs, as the operator's page
-- is told. For service_role.
create function contact_sync_settings_in_force()
returns jsonb
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  return pg_catalog.jsonb_build_object(
    'budget', (
      select pg_catalog.jsonb_build_object(
               'burst', b.burst, 'per_day', b.refill_per_day,
               'new_account_days', b.new_account_days, 'new_account_burst', b.new_account_burst)
        from contact_sync_new_number_budget() as b),
    'hold_suspects', coalesce((select s.hold_suspects from contact_sync_settings s where s.only_row), 0::smallint),
    'discoverable', contact_sync_default_discoverable(),
    'keep_choices_days', coalesce((select s.choices_kept_days from contact_sync_settings s where s.only_row), 30),
    'retention', pg_catalog.jsonb_build_object(
      'silent_owner_months', coalesce((select s.silent_owner_months from contact_sync_settings s where s.only_row), 18),
      'forgotten_number_months', coalesce((select s.forgotten_number_months from contact_sync_settings s where s.only_row), 0),
      'run_days', coalesce((select s.runs_kept_days from contact_sync_settings s where s.only_row), 90)),
    'sealed', coalesce((select s.is_sealed from contact_sync_seal s), false));
end
$$;


-- One user, as the service sees them: what the operator's page is told (UserReport of
-- the wire types). Of somebody who is not known, zeros. Takes no lock. For service_role.
create function contact_sync_user_report(p_user_id uuid)
returns jsonb
language plpgsql volatile
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
  v_key_number    constant smallint := contact_sync_key_number();
  v_is_known      boolean;
  v_status        jsonb;
  v_summary       jsonb;
  v_devices       jsonb;
  v_budget        jsonb;
  v_discoverable  text;
  v_held_at       timestamptz;
begin
  perform contact_sync_require(p_user_id is not null, 'p_user_id');
  -- Each function in a statement of its own: on Citus one beside a table would be asked
  -- where the table lies.
  select true, s.held_at
    into v_is_known, v_held_at
    from contact_sync_status s
   where s.owner_id = p_user_id;
  if v_is_known then
    v_status := (select pg_catalog.to_jsonb(g) from get_sync_status(p_user_id) as g);
  end if;
  v_summary := (select pg_catalog.to_jsonb(g) from summarize_contacts(p_user_id) as g);
  v_devices := (
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(l) order by l.last_seen_at desc, l.device_id), '[]'::jsonb)
      from list_sync_devices(p_user_id) as l);
  v_budget := (
    select pg_catalog.jsonb_build_object(
             'limit', b.budget_limit, 'remaining', b.budget_remaining, 'reset', b.budget_reset)
      from contact_sync_spend_budget(p_user_id, null::integer, 0, null::jsonb) as b
     where b.budget_limit is not null);
  v_discoverable := (select g.discoverable from get_discoverability(p_user_id) as g);
  return pg_catalog.jsonb_build_object(
    'user_id', p_user_id,
    'numbers', (
      select count(*)
        from phones d
       where d.linked_user_id = p_user_id
         and d.key_number = v_key_number),
    'status', v_status,
    'summary', v_summary,
    'devices', v_devices,
    'budget', v_budget,
    'discoverability', v_discoverable,
    'blocked_users', (
      select count(*)
        from contact_sync_blocks b
       where b.user_id = p_user_id),
    'suspicion', (
      select coalesce(max(r.suspicion), 0::smallint)
        from contact_sync_runs r
       where r.owner_id = p_user_id
         and r.started_at > now() - interval '30 days'),
    'held_at', v_held_at,
    'runs', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
               'started_at', r.started_at, 'status', r.sync_status, 'mode', r.sync_mode,
               'contacts', r.synced_contacts_count, 'inserted', r.contacts_inserted,
               'updated', r.contacts_updated, 'removed', r.contacts_removed,
               'matched', r.matched_contacts_count, 'processing_time_ms', r.processing_time_ms,
               'error_code', r.error_code)
               order by r.started_at desc, r.run_id desc), '[]'::jsonb)
        from (select l.*
                from contact_sync_runs l
               where l.owner_id = p_user_id
               order by l.started_at desc, l.run_id desc
               limit 20) as r));
end
$$;


-- Why an owner sees, or does not see, who has a number: a row for each of the things
-- that decide it, in their order, of which the first 'no' is the reason. is_seen is what
-- list_contacts() shows, and true where no step is 'no'; found_user_id, who has the
-- number (NULL: nobody that is known). 'unknown' is what can't be said after a 'no'.
-- A detail names no number and nobody. Changes nothing. For service_role.
--
-- Whether the owner may find the user is asked of the one rule (contact_sync_may_find());
-- a block is looked for only to say which of its parts it was.
create function explain_contact(
  p_owner_id  uuid,
  p_phone_key uuid,
  out step          text,
  out outcome       text,
  out detail        text,
  out found_user_id uuid,
  out is_seen       boolean)
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
  v_is_entered    boolean := false;
  v_is_stored     boolean := false;
  v_stored_id     uuid;
  v_is_given      boolean;
  v_held_at       timestamptz;
  v_is_own        boolean;
  v_may_find      boolean;
  v_is_blocked    boolean;
  v_discoverable  text;
  v_is_default    boolean;
  v_waiting_since timestamptz;
  v_is_late       boolean;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');

  select true, d.linked_user_id
    into v_is_entered, found_user_id
    from phones d
   where d.phone_key = p_phone_key;
  v_is_entered := coalesce(v_is_entered, false);
  select true, c.linked_user_id, c.link_given
    into v_is_stored, v_stored_id, v_is_given
    from contacts_with_accounts c
   where c.owner_id = p_owner_id
     and c.phone_key = p_phone_key;
  v_is_stored := coalesce(v_is_stored, false);
  -- A link that was given stands where the directory has no entry.
  if not v_is_entered and v_is_given and v_stored_id is not null
     and not contact_sync_is_erased_link(v_stored_id, p_owner_id, p_phone_key)
  then
    found_user_id := v_stored_id;
  end if;
  v_held_at := (select s.held_at from contact_sync_status s where s.owner_id = p_owner_id);
  is_seen := exists (select
                       from contact_sync_confirmed_contacts c
                      where c.owner_id = p_owner_id
                        and c.phone_key = p_phone_key
                        and c.linked_user_id is not null);

  v_is_own := found_user_id = p_owner_id and not is_seen;
  if not v_is_own then
    v_may_find := contact_sync_may_find(p_owner_id, found_user_id);
    v_is_blocked := not v_may_find
      and exists (select
                    from contact_sync_blocks b
                   where b.user_id = found_user_id
                     and b.blocked_user_id = p_owner_id);
    select g.discoverable, g.is_default
      into v_discoverable, v_is_default
      from get_discoverability(found_user_id) as g;
  end if;

  -- What the linker has still to do of it.
  select min(q.enqueued_at), bool_or(q.late_owner_ids operator(pg_catalog.@>) array[p_owner_id])
    into v_waiting_since, v_is_late
    from contact_sync_pending_links q
   where q.phone_key = p_phone_key
     and (q.owner_id is null or q.owner_id = p_owner_id);
  v_waiting_since := least(v_waiting_since, (
    select min(b.enqueued_at)
      from contact_sync_pending_books b
     where b.person_id = p_owner_id and not b.are_given
        or b.person_id = found_user_id and b.are_given));

  step := 'not_forgotten';
  if v_is_entered and found_user_id is null then
    outcome := 'no';
    detail := 'Whoever has the number has had it forgotten: no book keeps it until somebody verifies it, or it is lifted.';
  else
    outcome := 'yes';
    detail := 'Nobody has had the number forgotten.';
  end if;
  return next;

  step := 'in_directory';
  if found_user_id is null then
    outcome := 'no';
    detail := 'No user has verified the number.';
  elsif v_is_entered then
    outcome := 'yes';
    detail := 'A user has verified the number.';
  else
    outcome := 'yes';
    detail := 'No user has verified the number, but a bulk insert gave this contact its link, which stands until somebody does.';
  end if;
  return next;

  step := 'not_own_number';
  if found_user_id is null then
    outcome := 'unknown';
    detail := 'Nobody is known to have the number.';
  elsif v_is_own then
    outcome := 'no';
    detail := 'It is a number of the user''s own, and nobody is linked to themselves.';
  else
    outcome := 'yes';
    detail := 'Somebody else has the number.';
  end if;
  return next;

  step := 'not_blocked';
  if v_may_find is null or found_user_id is null then
    outcome := 'unknown';
    detail := 'There is nobody else who could block the user.';
  elsif v_is_blocked then
    outcome := 'no';
    detail := 'Who has the number has blocked the user.';
  else
    outcome := 'yes';
    detail := 'Who has the number has not blocked the user.';
  end if;
  return next;

  step := 'discoverable';
  if v_may_find is null or found_user_id is null then
    outcome := 'unknown';
    detail := 'There is nobody else to be found.';
  elsif v_is_blocked then
    outcome := 'unknown';
    detail := 'A block decides, whatever else they have chosen.';
  else
    outcome := case when v_may_find then 'yes' else 'no' end;
    detail := pg_catalog.concat(
      case when v_is_default then 'By the service''s default, who has the number' else 'Who has the number' end,
      case
        when v_discoverable = 'everybody' then ' is found by everybody who has it.'
        when v_discoverable = 'nobody'    then ' is found by nobody.'
        when v_may_find                   then ' is found by those whose number they have, and they have the user''s.'
        else ' is found by those whose number they have, and their book has no verified number of the user.'
      end);
  end if;
  return next;

  step := 'in_book';
  if v_is_stored then
    outcome := 'yes';
    detail := 'The user''s book has the number.';
  else
    outcome := 'no';
    detail := 'The user''s book does not have the number: no sync has brought it, or one has taken it away.';
  end if;
  return next;

  step := 'linked';
  if is_seen then
    outcome := 'yes';
    detail := 'The contact is linked, and the directory confirms it.';
  elsif not v_is_stored or found_user_id is null or v_is_own or not v_may_find then
    outcome := 'unknown';
    detail := 'There is no link to be made.';
  elsif v_held_at is not null then
    outcome := 'unknown';
    detail := 'Whoever is held gains no link.';
  elsif v_waiting_since is not null then
    outcome := 'no';
    detail := pg_catalog.format(
      'The linker has not come to it: the change waits for %s seconds%s.',
      greatest(0, floor(extract(epoch from clock_timestamp() - v_waiting_since))),
      case when v_is_late then ', because somebody has the user locked (list_owners_in_the_way())' else '' end);
  else
    outcome := 'no';
    detail := 'The stored link is not what the directory says, and nothing waits: relink_phones() compares all of them.';
  end if;
  return next;

  step := 'not_held';
  if v_held_at is null then
    outcome := 'yes';
    detail := 'The user is not held.';
  elsif is_seen then
    outcome := 'yes';
    detail := 'The user is held, and keeps the links that they had.';
  else
    outcome := 'no';
    detail := 'The user is held as a suspect, and gains no link until somebody releases them.';
  end if;
  return next;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('025_show_operators', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
