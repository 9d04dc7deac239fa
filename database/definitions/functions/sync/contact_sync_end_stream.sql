-- The work of contact_sync_finish_stream(), which has checked its arguments
-- (contact_sync_choose_place()). p_totals is a contact_sync_result.
create function contact_sync_end_stream(
  p_owner_id              uuid,
  p_stream_id             uuid,
  p_device_contacts_count integer,
  p_mode                  text,
  p_confirm_removal       boolean,
  p_totals                text,
  p_budget                boolean,
  p_signs                 jsonb,
  p_key_number            text)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at    constant timestamptz := clock_timestamp();
  v_totals        constant contact_sync_result := p_totals::contact_sync_result;
  v_result        contact_sync_result := v_totals;
  v_is_incomplete boolean;
  v_kept          uuid[];
begin
  perform contact_sync_take_key_number(p_key_number);
  perform contact_sync_hold_seal();
  perform contact_sync_enter_fence();
  perform contact_sync_lock_owners(array[p_owner_id]);

  v_result.contacts_removed := 0;
  if p_mode = 'replace' then
    -- Locked first, so that what is read next is not being dropped.
    select t.is_incomplete
      into v_is_incomplete
      from contact_sync_streams t
     where t.owner_id = p_owner_id
       and t.stream_id = p_stream_id
       for update;
    v_kept := array(select k.phone_key
                      from contact_sync_staged_keys k
                     where k.owner_id = p_owner_id
                       and k.stream_id = p_stream_id
                     order by k.phone_key);
    if pg_catalog.cardinality(v_kept) <> v_totals.total_processed then
      raise exception using
        errcode = 'YC027',
        message = pg_catalog.format('STREAM_INCOMPLETE: the stream has processed %s numbers, and %s are staged',
                         v_totals.total_processed, pg_catalog.cardinality(v_kept)),
        hint = 'Nothing was removed. Repeat the whole stream.';
    end if;

    v_result.contacts_removed :=
      contact_sync_remove_missing(p_owner_id, v_kept, p_confirm_removal, p_stream_id, null::smallint);
    if v_is_incomplete then
      perform contact_sync_check_batch_size(v_totals.batch_size);
      perform contact_sync_add_rest(p_owner_id, v_kept, v_totals.batch_size);
    end if;

    delete from contact_sync_streams t
     where t.owner_id = p_owner_id
       and t.stream_id = p_stream_id;
    delete from contact_sync_staged_keys k
     where k.owner_id = p_owner_id
       and k.stream_id = p_stream_id;
  end if;
  perform contact_sync_drop_streams(p_owner_id);

  if p_budget then
    select b.budget_limit, b.budget_remaining, b.budget_reset
      into v_result.budget_limit, v_result.budget_remaining, v_result.budget_reset
      from contact_sync_spend_budget(p_owner_id, 0, v_totals.total_processed, p_signs) as b;
  end if;

  v_result.processing_time_ms :=
    greatest(1, v_result.processing_time_ms) + contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(
    p_owner_id, clock_timestamp() - v_result.processing_time_ms::float8 * interval '1 millisecond',
    p_mode, p_device_contacts_count, v_result);
  return v_result;
end
$$;
