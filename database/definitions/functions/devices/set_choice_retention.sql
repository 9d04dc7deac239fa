-- Sets for how many days the choices for a removed contact (favourite, last
-- interaction) are kept for its return, 0 to 3650, and returns the number in
-- force. NULL only tells. For service_role.
create function set_choice_retention(p_days integer default null)
returns integer
language plpgsql volatile
set search_path from current
as $$
begin
  if p_days is not null then
    perform contact_sync_check_range(p_days, 0, 3650, 'p_days', '0 keeps nothing.');
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, choices_kept_days)
    select b.burst, b.refill_per_day, p_days
      from contact_sync_new_number_budget() as b
        on conflict (only_row) do update
       set choices_kept_days = excluded.choices_kept_days,
           changed_at = excluded.changed_at
     where s.choices_kept_days <> excluded.choices_kept_days;
  end if;
  return coalesce((select s.choices_kept_days from contact_sync_settings s where s.only_row), 30);
end
$$;
