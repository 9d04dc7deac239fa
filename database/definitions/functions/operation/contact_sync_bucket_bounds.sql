-- Where the buckets begin that durations are counted in, in milliseconds: eight for each
-- doubling, from 1 ms to 35 years. A duration's bucket is
-- width_bucket(duration, contact_sync_bucket_bounds()), counted from 1; what is told of
-- it (contact_sync_bucket_ms()) is 5 % off at most, and whole milliseconds up to 15 are
-- told as they were. A constant: planned statements have it in them.
create function contact_sync_bucket_bounds()
returns float8[]
language plpgsql immutable
set search_path from current
as $$
begin
  return array(select pow(2.0::float8, n::float8 / 8.0::float8) from generate_series(0, 320) as n order by n);
end
$$;
