-- The budget for new numbers that is in force: how many an owner may sync at
-- once that are new to their book (0: any), and how many come back a day. A
-- person has some hundred contacts and meets a few new ones a day; an address
-- book of 20,000 comes in at the first go, and a list of guessed numbers does
-- not get far.
--
-- An account is new for some days (0: none is), and has a smaller burst then: who
-- makes accounts by the hundred has to feed each of them first. 10,000 is one call,
-- and more than nearly everybody has.
create function contact_sync_new_number_budget(
  out burst             integer,
  out refill_per_day    integer,
  out new_account_days  integer,
  out new_account_burst integer)
language plpgsql stable
set search_path from current
as $$
begin
  select s.new_number_burst, s.new_numbers_per_day, s.new_account_days, s.new_account_burst
    into burst, refill_per_day, new_account_days, new_account_burst
    from contact_sync_settings s
   where s.only_row;
  burst := coalesce(burst, 20000);
  refill_per_day := coalesce(refill_per_day, 2000);
  new_account_days := coalesce(new_account_days, 7);
  new_account_burst := least(coalesce(new_account_burst, 12000), burst);
end
$$;
