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
  v_runs   jsonb;
  v_folded integer;
begin
  -- Grouped by all that is asked below.
  with folded as (
    delete from contact_sync_runs r
     where (p_owner_id is null or r.owner_id = p_owner_id)
       and (p_before is null or r.started_at < p_before)
    returning r.*
  ), run as (
    select (f.started_at at time zone 'UTC')::date as sync_date,
           f.sync_status, f.sync_mode, f.error_code,
           pg_catalog.width_bucket(f.processing_time_ms::float8, contact_sync_bucket_bounds()) as bucket,
           count(*) as syncs,
           max(f.started_at) as last_at,
           sum(f.device_contacts_count) as device_contacts,
           sum(f.synced_contacts_count) as synced_contacts,
           sum(f.contacts_inserted) as inserted,
           sum(f.contacts_updated) as updated,
           sum(f.contacts_unchanged) as unchanged,
           sum(f.contacts_removed) as removed,
           sum(f.matched_contacts_count) as matched,
           sum(f.processing_time_ms) as processing_time_ms,
           max(f.processing_time_ms) as max_processing_time_ms
      from folded f
     group by 1, 2, 3, 4, 5
  )
  select pg_catalog.jsonb_agg(r), coalesce(sum(r.syncs), 0.0)
    into v_runs, v_folded
    from run r;
  if v_folded = 0 then
    return 0;
  end if;

  with run as (
    select r.*
      from pg_catalog.jsonb_to_recordset(v_runs) as r (
             sync_date date, sync_status text, sync_mode text, error_code text, bucket smallint, syncs bigint,
             last_at timestamptz, device_contacts bigint, synced_contacts bigint, inserted bigint, updated bigint,
             unchanged bigint, removed bigint, matched bigint, processing_time_ms bigint,
             max_processing_time_ms integer)
  ), added as (
    insert into contact_sync_daily_totals as t (
      sync_date, total_syncs, completed_syncs, delta_syncs, failed_syncs,
      device_contacts_count, synced_contacts_count,
      contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
      matched_contacts_count, processing_time_ms, max_processing_time_ms)
    select r.sync_date,
           sum(r.syncs),
           coalesce(sum(r.syncs) filter (where r.sync_status = 'completed'), 0),
           coalesce(sum(r.syncs) filter (where r.sync_status = 'completed' and r.sync_mode = 'delta'), 0),
           coalesce(sum(r.syncs) filter (where r.sync_status = 'failed'), 0),
           coalesce(sum(r.device_contacts) filter (where r.sync_status = 'completed'), 0),
           sum(r.synced_contacts),
           sum(r.inserted), sum(r.updated),
           sum(r.unchanged), sum(r.removed),
           sum(r.matched),
           coalesce(sum(r.processing_time_ms) filter (where r.sync_status = 'completed'), 0),
           coalesce(max(r.max_processing_time_ms) filter (where r.sync_status = 'completed'), 0)
      from run r
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
    select r.sync_date, coalesce(r.error_code, 'INTERNAL'), sum(r.syncs), max(r.last_at)
      from run r
     where r.sync_status = 'failed'
     group by 1, 2
     order by 1, 2
        on conflict (sync_date, error_code) do update
       set syncs   = t.syncs + excluded.syncs,
           last_at = greatest(t.last_at, excluded.last_at)
  )
  insert into contact_sync_daily_durations as t (sync_date, subject, bucket, how_many)
  select r.sync_date, 'sync', r.bucket, sum(r.syncs)
    from run r
   where r.sync_status = 'completed'
   group by 1, 3
   order by 1, 3
      on conflict (sync_date, subject, bucket) do update
     set how_many = t.how_many + excluded.how_many;
  return v_folded;
end
$$;
