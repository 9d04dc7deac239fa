-- Makes the row of settings, with the defaults, where there is none: in a database that
-- was restored without its data.
create function contact_sync_make_settings()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  insert into contact_sync_settings (new_number_burst, new_numbers_per_day)
  select b.burst, b.refill_per_day
    from contact_sync_new_number_budget() as b
   where not exists (select from contact_sync_settings)
      on conflict (only_row) do nothing;
end
$$;
