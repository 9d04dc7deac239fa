-- Sets how long what is kept, for the whole installation, and returns what is in force.
-- NULL leaves a figure as it is, so that a call without arguments only tells.
--
-- p_silent_owner_months (0 to 240): contacts without an account leave the book of an owner
-- who was not heard of for so long; 0 keeps them for good. p_forgotten_number_months (0 to
-- 240): a number that was forgotten is so for so long, and may then be stored again; 0, as
-- at first, is for good, because whoever asked to be forgotten did not ask for a while.
-- p_run_days (1 to 3,650): runs, before they become a day's sums. p_choice_days: as
-- set_choice_retention(), of which 0 keeps nothing. For service_role.
create function set_retention(
  p_silent_owner_months     integer default null,
  p_forgotten_number_months integer default null,
  p_run_days                integer default null,
  p_choice_days             integer default null,
  out silent_owner_months     integer,
  out forgotten_number_months integer,
  out run_days                integer,
  out choice_days             integer)
language plpgsql volatile
set search_path from current
as $$
begin
  if p_silent_owner_months is not null then
    perform contact_sync_check_range(p_silent_owner_months, 0, 240, 'p_silent_owner_months', '0 is for good.');
  end if;
  if p_forgotten_number_months is not null then
    perform contact_sync_check_range(p_forgotten_number_months, 0, 240, 'p_forgotten_number_months', '0 is for good.');
  end if;
  if p_run_days is not null then
    perform contact_sync_check_range(p_run_days, 1, 3650, 'p_run_days', 'clean_up_contact_sync(interval ''0'') folds all of them at once.');
  end if;
  choice_days := set_choice_retention(p_choice_days);

  if p_silent_owner_months is not null or p_forgotten_number_months is not null or p_run_days is not null then
    insert into contact_sync_settings (new_number_burst, new_numbers_per_day)
    select b.burst, b.refill_per_day
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do nothing;
    update contact_sync_settings s
       set silent_owner_months = coalesce(p_silent_owner_months, s.silent_owner_months),
           forgotten_number_months = coalesce(p_forgotten_number_months, s.forgotten_number_months),
           runs_kept_days = coalesce(p_run_days, s.runs_kept_days),
           changed_at = now()
     where s.silent_owner_months <> coalesce(p_silent_owner_months, s.silent_owner_months)
        or s.forgotten_number_months <> coalesce(p_forgotten_number_months, s.forgotten_number_months)
        or s.runs_kept_days <> coalesce(p_run_days, s.runs_kept_days);
  end if;

  select s.silent_owner_months, s.forgotten_number_months, s.runs_kept_days
    into silent_owner_months, forgotten_number_months, run_days
    from contact_sync_settings s
   where s.only_row;
  silent_owner_months := coalesce(silent_owner_months, 18);
  forgotten_number_months := coalesce(forgotten_number_months, 0);
  run_days := coalesce(run_days, 90);
end
$$;
