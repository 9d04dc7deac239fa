-- How many milliseconds the durations of a bucket took, about (contact_sync_bucket_bounds()).
create function contact_sync_bucket_ms(p_bucket smallint)
returns bigint
language plpgsql immutable
set search_path from current
as $$
begin
  return round(pow(2.0::float8, (p_bucket::float8 - 0.5::float8) / 8.0::float8))::bigint;
end
$$;
