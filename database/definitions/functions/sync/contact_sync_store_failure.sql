-- The work of contact_sync_record_failure(), which has checked its arguments
-- (contact_sync_choose_place()). When the sync began is by the clock of the erasures.
create function contact_sync_store_failure(
  p_owner_id              uuid,
  p_started_at            timestamptz,
  p_device_contacts_count integer,
  p_mode                  text,
  p_batch_size            integer,
  p_processing_time_ms    integer,
  p_error_code            text,
  p_key_number            text)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_now        constant timestamptz := clock_timestamp();
  v_suspicion  smallint;
  v_neighbours smallint;
begin
  perform contact_sync_take_key_number(p_key_number);
  -- With the lock, because an erasure may be under way; looked up in a later
  -- statement.
  perform contact_sync_lock_owners(array[p_owner_id]);
  if exists (select
               from contact_sync_erasures e
              where e.user_digest = sha256(uuid_send(p_owner_id))
                and e.erased_at > p_started_at) then
    -- What the lock has made.
    delete from contact_sync_status s
     where s.owner_id = p_owner_id
       and s.sync_status = 'never_synced'
       and s.contacts_count = 0;
    return;
  end if;

  select case when s.judged_suspicion > 100::smallint then 100::smallint else s.judged_suspicion end, s.judged_neighbours
    into v_suspicion, v_neighbours
    from contact_sync_status s
   where s.owner_id = p_owner_id;
  insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode,
    device_contacts_count, batch_size, processing_time_ms, error_code, suspicion, neighbours_percent)
  values (
    p_owner_id, p_started_at, 'failed', p_mode,
    p_device_contacts_count, p_batch_size, greatest(p_processing_time_ms, 1), p_error_code,
    v_suspicion, v_neighbours);

  update contact_sync_status s
     set sync_status = 'failed',
         last_error_code = p_error_code,
         first_sync_at = coalesce(s.first_sync_at, p_started_at),
         judged_suspicion = null,
         judged_neighbours = null,
         updated_at = v_now
   where s.owner_id = p_owner_id;
end
$$;
