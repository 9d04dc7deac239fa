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
