-- Whole milliseconds since a moment, at least 1, because rates divide by it.
-- From the epoch, since extract(milliseconds …) starts over at every minute.
create function contact_sync_milliseconds_since(p_started_at timestamptz)
returns integer
language sql volatile
set search_path from current
as $$
  select greatest(1, ceil(extract(epoch from clock_timestamp() - p_started_at) * 1000.0))::integer
$$;
