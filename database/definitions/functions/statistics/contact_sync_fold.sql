-- Turns runs into daily totals, with what failed by its code and how long syncs took: those of one owner, or those that started
-- before a moment (NULL: any). Returns how many it folded.
create function contact_sync_fold(p_owner_id uuid, p_before timestamptz)
returns integer
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
  v_folded integer;
begin
  with folded as (
    delete from contact_sync_runs r
     where (p_owner_id is null or r.owner_id = p_owner_id)
       and (p_before is null or r.started_at < p_before)
    returning r.*
  ), added as (
    insert into contact_sync_daily_totals as t (
      sync_date, total_syncs, completed_syncs, delta_syncs, failed_syncs,
      device_contacts_count, synced_contacts_count,
      contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
      matched_contacts_count, processing_time_ms, max_processing_time_ms)
    select (f.started_at at time zone 'UTC')::date,
           count(*),
           count(*) filter (where f.sync_status = 'completed'),
           count(*) filter (where f.sync_status = 'completed' and f.sync_mode = 'delta'),
           count(*) filter (where f.sync_status = 'failed'),
           coalesce(sum(f.device_contacts_count) filter (where f.sync_status = 'completed'), 0),
           sum(f.synced_contacts_count),
           sum(f.contacts_inserted), sum(f.contacts_updated),
           sum(f.contacts_unchanged), sum(f.contacts_removed),
           sum(f.matched_contacts_count),
           coalesce(sum(f.processing_time_ms) filter (where f.sync_status = 'completed'), 0),
           coalesce(max(f.processing_time_ms) filter (where f.sync_status = 'completed'), 0)
      from folded f
     group by 1
     order by 1 -- so that two folds don't wait for each other
        on conflict (sync_date) do update
       set total_syncs            = t.total_syncs            + excluded.total_syncs,
           completed_syncs        = t.completed_syncs        + excluded.completed_syncs,
           delta_syncs            = t.delta_syncs            + excluded.delta_syncs,
           failed_syncs           = t.failed_syncs           + excluded.failed_syncs,
           device_contacts_count  = t.device_contacts_count  + excluded.device_contacts_count,
           synced_contacts_count  = t.synced_contacts_count  + excluded.synced_contacts_count,
           contacts_inserted      = t.contacts_inserted      + excluded.contacts_inserted,
           contacts_updated       = t.contacts_updated       + excluded.contacts_updated,
           contacts_unchanged     = t.contacts_unchanged     + excluded.contacts_unchanged,
           contacts_removed       = t.contacts_removed       + excluded.contacts_removed,
           matched_contacts_count = t.matched_contacts_count + excluded.matched_contacts_count,
           processing_time_ms     = t.processing_time_ms     + excluded.processing_time_ms,
           max_processing_time_ms = greatest(t.max_processing_time_ms, excluded.max_processing_time_ms)
  ), failed as (
    insert into contact_sync_daily_failures as t (sync_date, error_code, syncs, last_at)
    select (f.started_at at time zone 'UTC')::date, coalesce(f.error_code, 'INTERNAL'), count(*), max(f.started_at)
      from folded f
     where f.sync_status = 'failed'
     group by 1, 2
     order by 1, 2
        on conflict (sync_date, error_code) do update
       set syncs   = t.syncs + excluded.syncs,
           last_at = greatest(t.last_at, excluded.last_at)
  ), lasted as (
    insert into contact_sync_daily_durations as t (sync_date, subject, bucket, how_many)
    select (f.started_at at time zone 'UTC')::date, 'sync',
           pg_catalog.width_bucket(f.processing_time_ms::float8, contact_sync_bucket_bounds()), count(*)
      from folded f
     where f.sync_status = 'completed'
     group by 1, 3
     order by 1, 3
        on conflict (sync_date, subject, bucket) do update
       set how_many = t.how_many + excluded.how_many
  )
  select count(*)
    into v_folded
    from folded;
  return v_folded;
end
$$;
