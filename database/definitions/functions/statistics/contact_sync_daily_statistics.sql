-- A row for each UTC day with syncs since p_since (NULL: ever), newest first, and
-- a last one, with NULL for the day, for all of them; of one owner or (NULL) of
-- the whole service. Averages, rates and durations are over completed
-- syncs; unchanged_syncs are deltas that changed nothing, which leave no run and are
-- in none of the other counts; avg_sync_rate is synced ÷ device contacts in per cent. The folded days
-- belong to nobody any more, so they count only for the whole service.
create function contact_sync_daily_statistics(p_owner_id uuid, p_since date)
returns table (
  sync_date                    date,
  total_syncs                  bigint,
  completed_syncs              bigint,
  failed_syncs                 bigint,
  avg_device_contacts          numeric,
  avg_synced_contacts          numeric,
  avg_sync_rate                numeric,
  contacts_inserted            bigint,
  contacts_updated             bigint,
  contacts_unchanged           bigint,
  contacts_removed             bigint,
  matched_contacts             bigint,
  avg_processing_time_ms       numeric,
  max_processing_time_ms       bigint,
  observed_contacts_per_second numeric,
  unchanged_syncs              bigint)
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
      with counted as (
        select (r.started_at at time zone 'UTC')::date as sync_date,
               count(*) as total_syncs,
               count(*) filter (where r.sync_status = 'completed') as completed_syncs,
               count(*) filter (where r.sync_status = 'failed') as failed_syncs,
               coalesce(sum(r.device_contacts_count) filter (where r.sync_status = 'completed'), 0) as device_contacts,
               sum(r.synced_contacts_count) as synced_contacts,
               sum(r.contacts_inserted) as contacts_inserted,
               sum(r.contacts_updated) as contacts_updated,
               sum(r.contacts_unchanged) as contacts_unchanged,
               sum(r.contacts_removed) as contacts_removed,
               sum(r.matched_contacts_count) as matched_contacts,
               coalesce(sum(r.processing_time_ms) filter (where r.sync_status = 'completed'), 0) as processing_time_ms,
               coalesce(max(r.processing_time_ms) filter (where r.sync_status = 'completed'), 0) as max_processing_time_ms,
               0::bigint as unchanged_syncs
          from contact_sync_runs r
         where (p_owner_id is null or r.owner_id = p_owner_id)
           and (p_since is null or r.started_at >= p_since::timestamp at time zone 'UTC')
         group by 1
        union all
        select t.sync_date,
               t.total_syncs, t.completed_syncs, t.failed_syncs,
               t.device_contacts_count, t.synced_contacts_count,
               t.contacts_inserted, t.contacts_updated, t.contacts_unchanged, t.contacts_removed,
               t.matched_contacts_count, t.processing_time_ms, t.max_processing_time_ms,
               t.unchanged_syncs
          from contact_sync_daily_totals t
         where p_owner_id is null
           and (p_since is null or t.sync_date >= p_since)
      )
      select c.sync_date,
             coalesce(sum(c.total_syncs), 0)::bigint,
             coalesce(sum(c.completed_syncs), 0)::bigint,
             coalesce(sum(c.failed_syncs), 0)::bigint,
             round(sum(c.device_contacts) / nullif(sum(c.completed_syncs), 0.0), 2),
             round(sum(c.synced_contacts) / nullif(sum(c.completed_syncs), 0.0), 2),
             round(100.0 * sum(c.synced_contacts) / nullif(sum(c.device_contacts), 0.0), 2),
             coalesce(sum(c.contacts_inserted), 0)::bigint,
             coalesce(sum(c.contacts_updated), 0)::bigint,
             coalesce(sum(c.contacts_unchanged), 0)::bigint,
             coalesce(sum(c.contacts_removed), 0)::bigint,
             coalesce(sum(c.matched_contacts), 0)::bigint,
             round(sum(c.processing_time_ms) / nullif(sum(c.completed_syncs), 0.0), 2),
             max(c.max_processing_time_ms)::bigint,
             round(1000.0 * sum(c.synced_contacts) / nullif(sum(c.processing_time_ms), 0.0), 1),
             coalesce(sum(c.unchanged_syncs), 0)::bigint
        from counted c
       group by grouping sets ((c.sync_date), ())
       order by c.sync_date desc nulls last;
end
$$;
