-- Leaves a run row for a sync that failed: the failed transaction itself can
-- leave none, so the library calls this in a second one. p_error_code is a code
-- of ours, never a message. If the user was erased after the sync began, nothing
-- is left: they are gone. For service_role.
create function contact_sync_record_failure(
  p_owner_id              uuid,
  p_device_contacts_count integer,
  p_mode                  text,
  p_batch_size            integer,
  p_processing_time_ms    integer,
  p_error_code            text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now        constant timestamptz := clock_timestamp();
  v_started_at constant timestamptz := v_now - greatest(p_processing_time_ms, 1)::float8 * interval '1 millisecond';
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  if p_mode is distinct from 'delta' then
    perform contact_sync_check_mode(p_mode);
  end if;
  perform contact_sync_require(p_batch_size is not null, 'p_batch_size');
  perform contact_sync_require(p_processing_time_ms is not null, 'p_processing_time_ms');
  perform contact_sync_require(p_error_code is not null, 'p_error_code');
  perform contact_sync_check_device_count(p_device_contacts_count);

  -- With the lock, because an erasure may be under way; looked up in a later
  -- statement.
  perform contact_sync_lock_owners(array[p_owner_id]);
  if exists (select
               from contact_sync_erasures e
              where e.user_digest = sha256(uuid_send(p_owner_id))
                and e.erased_at > v_started_at) then
    -- What the lock has made.
    delete from contact_sync_status s
     where s.owner_id = p_owner_id
       and s.sync_status = 'never_synced'
       and s.contacts_count = 0;
    return;
  end if;

  insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode,
    device_contacts_count, batch_size, processing_time_ms, error_code, suspicion, neighbours_percent)
  select
    p_owner_id, v_started_at, 'failed', p_mode,
    p_device_contacts_count, p_batch_size, greatest(p_processing_time_ms, 1), p_error_code,
    case when s.judged_suspicion > 100::smallint then 100::smallint else s.judged_suspicion end, s.judged_neighbours
    from contact_sync_status s
   where s.owner_id = p_owner_id;

  update contact_sync_status s
     set sync_status = 'failed',
         last_error_code = p_error_code,
         first_sync_at = coalesce(s.first_sync_at, v_started_at),
         judged_suspicion = null,
         judged_neighbours = null,
         updated_at = v_now
   where s.owner_id = p_owner_id;
end
$$;
