-- How many changes of the directory the linker has not finished, and the age
-- of the oldest in seconds. For monitoring, and for service_role.
create function contact_sync_queue_state(
  out waiting     bigint,
  out lag_seconds numeric)
language sql stable
set search_path from current
as $$
  select count(*),
         coalesce(round(extract(epoch from now() - min(q.enqueued_at)), 3), 0)
    from contact_sync_pending_links q
$$;
