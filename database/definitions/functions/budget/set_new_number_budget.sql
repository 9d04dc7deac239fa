-- Sets the budget for new numbers, of every owner and for every face, and
-- returns the one in force. NULL leaves a figure as it is, so that a call
-- without arguments only tells. p_burst 0 is no budget. For p_new_account_days
-- after their first sync, owners have a burst of p_new_account_burst, and never
-- more than p_burst.
--
-- What owners have spent stays spent: with a lower burst some may have to wait
-- until they have room again. For service_role.
create function set_new_number_budget(
  p_burst             integer default null,
  p_refill_per_day    integer default null,
  p_new_account_days  integer default null,
  p_new_account_burst integer default null,
  out burst             integer,
  out refill_per_day    integer,
  out new_account_days  integer,
  out new_account_burst integer)
language plpgsql volatile
set search_path from current
as $$
begin
  if p_burst is not null then
    perform contact_sync_check_range(p_burst, 0, 1000000000, 'p_burst', '0 is no budget.');
  end if;
  if p_refill_per_day is not null then
    perform contact_sync_check_range(p_refill_per_day, 1, 1000000000, 'p_refill_per_day',
                                     'A p_burst of 0 is no budget.');
  end if;
  if p_new_account_days is not null then
    perform contact_sync_check_range(p_new_account_days, 0, 3650, 'p_new_account_days',
                                     '0 treats new accounts like all others.');
  end if;
  if p_new_account_burst is not null then
    perform contact_sync_check_range(p_new_account_burst, 1, 1000000000, 'p_new_account_burst',
                                     'p_new_account_days of 0 treats new accounts like all others.');
  end if;

  if p_burst is not null or p_refill_per_day is not null
     or p_new_account_days is not null or p_new_account_burst is not null
  then
    select b.burst, b.refill_per_day into burst, refill_per_day from contact_sync_new_number_budget() as b;
    insert into contact_sync_settings as s (new_number_burst, new_numbers_per_day, new_account_days, new_account_burst)
    values (coalesce(p_burst, burst), coalesce(p_refill_per_day, refill_per_day),
            coalesce(p_new_account_days, 7), coalesce(p_new_account_burst, 12000))
        on conflict (only_row) do update
       set new_number_burst = coalesce(p_burst, s.new_number_burst),
           new_numbers_per_day = coalesce(p_refill_per_day, s.new_numbers_per_day),
           new_account_days = coalesce(p_new_account_days, s.new_account_days),
           new_account_burst = coalesce(p_new_account_burst, s.new_account_burst),
           changed_at = excluded.changed_at
     where s.new_number_burst <> coalesce(p_burst, s.new_number_burst)
        or s.new_numbers_per_day <> coalesce(p_refill_per_day, s.new_numbers_per_day)
        or s.new_account_days <> coalesce(p_new_account_days, s.new_account_days)
        or s.new_account_burst <> coalesce(p_new_account_burst, s.new_account_burst);
  end if;

  select b.burst, b.refill_per_day, b.new_account_days, b.new_account_burst
    into burst, refill_per_day, new_account_days, new_account_burst
    from contact_sync_new_number_budget() as b;
end
$$;

-- So that no sync has to ask for the defaults.
select set_new_number_budget(b.burst, b.refill_per_day, b.new_account_days, b.new_account_burst)
  from contact_sync_new_number_budget() as b;
