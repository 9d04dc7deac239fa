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
