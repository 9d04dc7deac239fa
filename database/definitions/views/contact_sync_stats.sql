-- The service's history, a row a UTC day, newest first.
create view contact_sync_stats
with (security_invoker = true)
as
  select s.*
    from contact_sync_daily_statistics(null, null) as s
   where s.sync_date is not null;
