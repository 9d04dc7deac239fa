-- Adds what the linker's passes have counted to their days. What another process is
-- just adding is left to it.
create function contact_sync_fold_links()
returns void
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
begin
  with chosen as materialized (
    select l.finished_id
      from contact_sync_finished_links l
       for update skip locked
  ), folded as (
    delete from contact_sync_finished_links f
     using chosen c
     where f.finished_id = c.finished_id
    returning f.finished_at, f.bucket, f.how_many
  )
  insert into contact_sync_daily_durations as t (sync_date, subject, bucket, how_many)
  select (f.finished_at at time zone 'UTC')::date, 'link', f.bucket, sum(f.how_many)
    from folded f
   group by 1, 3
   order by 1, 3 -- so that two processes don't wait for each other
      on conflict (sync_date, subject, bucket) do update
     set how_many = t.how_many + excluded.how_many;
end
$$;
