-- The statistics of the last p_days UTC days, today included (1 to 365): one
-- row a day with syncs, newest first, then one with NULL for the day that sums
-- them up; of one owner, or of the whole service. For service_role.
create function get_sync_statistics(
  p_days     integer default 30,
  p_owner_id uuid    default null)
returns setof contact_sync_stats
language plpgsql stable
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_check_range(p_days, 1, 365, 'p_days',
                                   'The view contact_sync_stats has every day.');
  return query
    select s.*
      from contact_sync_daily_statistics(p_owner_id, (now() at time zone 'UTC')::date - (p_days - 1)) as s;
end
$$;
