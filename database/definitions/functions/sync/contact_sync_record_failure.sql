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
  v_started_at constant timestamptz := clock_timestamp() - greatest(p_processing_time_ms, 1)::float8 * interval '1 millisecond';
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  if p_mode is distinct from 'delta' then
    perform contact_sync_check_mode(p_mode);
  end if;
  perform contact_sync_require(p_batch_size is not null, 'p_batch_size');
  perform contact_sync_require(p_processing_time_ms is not null, 'p_processing_time_ms');
  perform contact_sync_require(p_error_code is not null, 'p_error_code');
  perform contact_sync_check_device_count(p_device_contacts_count);

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_store_failure(
    p_owner_id, v_started_at, p_device_contacts_count, p_mode, p_batch_size, p_processing_time_ms, p_error_code,
    v_key_number);
end
$$;
