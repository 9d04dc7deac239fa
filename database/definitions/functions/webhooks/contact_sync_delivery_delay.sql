-- How long a message waits after so many attempts have failed, with a fifth more
-- or less by chance, so that many do not come back all at once; NULL after the
-- last: three days in all. For service_role.
create function contact_sync_delivery_delay(p_attempts integer)
returns interval
language plpgsql volatile
set search_path from current
as $$
declare
  -- 5 and 30 seconds, 2, 10 and 30 minutes; 1, 2, 4, 6, 8, 12, 12, 12 and 14 hours
  c_seconds constant integer[] := '{5,30,120,600,1800,3600,7200,14400,21600,28800,43200,43200,43200,50400}';
begin
  return c_seconds[p_attempts]::float8 * (0.8::float8 + 0.4::float8 * random()) * interval '1 second';
end
$$;
