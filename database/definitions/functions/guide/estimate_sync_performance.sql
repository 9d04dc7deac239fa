-- What a sync of so many contacts will take. The four estimated_ fields follow
-- the guide's constants (1,000 contacts a second, 0.5 KB a contact); the two
-- observed_ ones come from the last 100 completed syncs and are NULL before
-- the first. p_batch_size NULL means the size get_optimal_batch_size() gives.
-- For every signed-in user and service_role.
create function estimate_sync_performance(
  p_contact_count integer,
  p_batch_size    integer default null)
returns table (
  estimated_batch_size         integer,
  estimated_batches            integer,
  estimated_time_seconds       integer,
  estimated_memory_mb          numeric,
  observed_contacts_per_second numeric,
  observed_time_seconds        numeric)
language plpgsql stable security definer
set search_path from current
set jit = off
as $$
begin
  perform contact_sync_require(p_contact_count is not null, 'p_contact_count');
  estimated_batch_size := coalesce(p_batch_size, get_optimal_batch_size(p_contact_count, 0.5));
  perform contact_sync_check_batch_size(estimated_batch_size);
  if p_contact_count < 0 then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_contact_count must not be negative';
  end if;

  estimated_batches := ceil(p_contact_count::numeric / estimated_batch_size::numeric);
  estimated_time_seconds := ceil(p_contact_count::numeric / 1000.0);
  estimated_memory_mb := round(p_contact_count::numeric * 0.5 / 1024.0, 3);

  -- What a sync of nothing takes says nothing about contacts.
  select round(sum(r.synced_contacts_count)::numeric * 1000.0 / sum(r.processing_time_ms)::numeric, 1)
    into observed_contacts_per_second
    from (select s.synced_contacts_count, s.processing_time_ms
            from contact_sync_runs s
           where s.sync_status = 'completed'
             and s.synced_contacts_count > 0
           order by s.started_at desc
           limit 100) as r;
  observed_time_seconds := round(p_contact_count::numeric / nullif(observed_contacts_per_second, 0.0), 3);
  return next;
end
$$;
