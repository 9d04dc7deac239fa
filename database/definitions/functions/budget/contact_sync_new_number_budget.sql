-- The budget for new numbers that is in force: how many an owner may sync at
-- once that are new to their book (0: any), and how many come back a day. A
-- person has some hundred contacts and meets a few new ones a day; an address
-- book of 20,000 comes in at the first go, and a list of guessed numbers does
-- not get far.
create function contact_sync_new_number_budget(
  out burst          integer,
  out refill_per_day integer)
language plpgsql stable
set search_path from current
as $$
begin
  select s.new_number_burst, s.new_numbers_per_day
    into burst, refill_per_day
    from contact_sync_settings s
   where s.only_row;
  burst := coalesce(burst, 20000);
  refill_per_day := coalesce(refill_per_day, 2000);
end
$$;
