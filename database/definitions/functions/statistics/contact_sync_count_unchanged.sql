-- Counts deltas of a day that changed nothing: they leave no run, so the process
-- that has answered them says now and then how many they were. For service_role.
create function contact_sync_count_unchanged(p_sync_date date, p_count integer)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_sync_date is not null, 'p_sync_date');
  perform contact_sync_check_range(p_count, 0, 1000000000, 'p_count', 'Nothing was written.');
  insert into contact_sync_daily_totals as t (sync_date, unchanged_syncs)
  values (p_sync_date, p_count)
      on conflict (sync_date) do update
     set unchanged_syncs = t.unchanged_syncs + excluded.unchanged_syncs;
end
$$;
