-- Notes how much there is for the UTC day that it is (contact_sync_daily_state). However
-- often it is called, by however many: the day has what was last measured. Waits for
-- nobody: where somebody has one of our tables for themselves, or is just measuring, it is
-- left to the next time.
create function contact_sync_measure_state()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_timeout constant text := current_setting('lock_timeout');
begin
  perform set_config('lock_timeout', '10ms', true);
  insert into contact_sync_daily_state as s (
    state_date, directory_numbers, contacts, stored_rows, stored_bytes, measured_at)
  select (now() at time zone 'UTC')::date,
         (select d.numbers from contact_sync_directory_state() as d),
         coalesce(sum(t.rows_estimate) filter (where t.table_name = 'contacts_with_accounts'), 0.0),
         sum(t.rows_estimate),
         sum(t.bytes),
         clock_timestamp()
    from list_stored_tables() as t
      on conflict (state_date) do update
     set directory_numbers = excluded.directory_numbers,
         contacts = excluded.contacts,
         stored_rows = excluded.stored_rows,
         stored_bytes = excluded.stored_bytes,
         measured_at = excluded.measured_at;
  perform set_config('lock_timeout', v_timeout, true);
exception
  when lock_not_available then
    return; -- the setting is as it was, too
end
$$;
