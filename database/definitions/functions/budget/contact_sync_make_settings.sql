-- Makes the row of settings, with the defaults, where there is none: in a database that
-- was restored without its data.
create function contact_sync_make_settings()
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_burst          integer;
  v_refill_per_day integer;
begin
  if exists (select from contact_sync_settings) then
    return;
  end if;
  -- Citus takes no function that returns several columns where rows come from.
  select b.burst, b.refill_per_day
    into v_burst, v_refill_per_day
    from contact_sync_new_number_budget() as b;
  insert into contact_sync_settings (new_number_burst, new_numbers_per_day)
  values (v_burst, v_refill_per_day)
      on conflict (only_row) do nothing;
end
$$;
