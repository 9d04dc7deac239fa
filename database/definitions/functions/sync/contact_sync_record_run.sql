-- Writes the history of one finished sync: its run row and the owner's status. A
-- delta's share of the device is all that it brought, for the rates; the status
-- has what the device has in all, as far as that is known.
-- What streams of the owner have added by now is then part of the book.
create function contact_sync_record_run(
  p_owner_id              uuid,
  p_started_at            timestamptz,
  p_mode                  text,
  p_device_contacts_count integer,
  p_result                contact_sync_result)
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
  update contact_sync_status s
     set sync_status = 'completed',
         last_sync_at = v_now,
         last_sync_mode = p_mode,
         device_contacts_count = coalesce(p_device_contacts_count, s.device_contacts_count),
         synced_contacts_count = p_result.total_processed,
         matched_contacts_count = p_result.matched_contacts,
         last_error_code = null,
         first_sync_at = coalesce(s.first_sync_at, p_started_at),
         judged_suspicion = null,
         judged_neighbours = null,
         updated_at = v_now
    from (select o.judged_suspicion, o.judged_neighbours
            from contact_sync_status o
           where o.owner_id = p_owner_id) as b
   where s.owner_id = p_owner_id
  returning case when b.judged_suspicion > 100::smallint then 100::smallint else b.judged_suspicion end, b.judged_neighbours
    into v_suspicion, v_neighbours;

  insert into contact_sync_runs (
    owner_id, started_at, sync_status, sync_mode,
    device_contacts_count, synced_contacts_count,
    contacts_inserted, contacts_updated, contacts_unchanged, contacts_removed,
    matched_contacts_count, batch_size, processing_time_ms, suspicion, neighbours_percent)
  values (
    p_owner_id, p_started_at, 'completed', p_mode,
    case when p_mode = 'delta' then p_result.total_processed else p_device_contacts_count end, p_result.total_processed,
    p_result.contacts_inserted, p_result.contacts_updated,
    p_result.contacts_unchanged, p_result.contacts_removed,
    p_result.matched_contacts, p_result.batch_size, p_result.processing_time_ms,
    v_suspicion, v_neighbours);

  update contact_sync_streams t
     set is_settled = true
   where t.owner_id = p_owner_id
     and not t.is_settled;
end
$$;
