-- Ends a streamed sync: for one that replaces, removes in this one transaction
-- every contact the stream did not name (guarded like any replace), adds those
-- there was no room for before, then records the run. p_totals is the sum over
-- the chunks, with the duration of the whole stream. Returns it with
-- contacts_removed filled in, and (unless p_budget is false, as it was for the
-- chunks) what is left of the owner's budget: the finish itself is free, but for numbers of
-- the whole stream that could not be read (p_signs), beyond a book's share.
--
-- Removes nothing unless every number that the stream has processed is staged:
-- one that is not would be taken for missing.
-- For service_role.
create function contact_sync_finish_stream(
  p_owner_id              uuid,
  p_stream_id             uuid,
  p_device_contacts_count integer,
  p_mode                  text,
  p_confirm_removal       boolean,
  p_totals                contact_sync_result,
  p_budget                boolean default true,
  p_signs                 jsonb   default null)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_started_at    constant timestamptz := clock_timestamp();
  v_result        contact_sync_result := p_totals;
  v_is_incomplete boolean;
  v_kept          uuid[];
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_totals.total_processed is not null, 'p_totals');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_device_count(p_device_contacts_count);
  perform contact_sync_read_signs(p_signs);

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
    if pg_catalog.cardinality(v_kept) <> p_totals.total_processed then
      raise exception using
        errcode = 'YC027',
        message = pg_catalog.format('STREAM_INCOMPLETE: the stream has processed %s numbers, and %s are staged',
                         p_totals.total_processed, pg_catalog.cardinality(v_kept)),
        hint = 'Nothing was removed. Repeat the whole stream.';
    end if;

    v_result.contacts_removed :=
      contact_sync_remove_missing(p_owner_id, v_kept, p_confirm_removal, p_stream_id, null::smallint);
    if v_is_incomplete then
      perform contact_sync_check_batch_size(p_totals.batch_size);
      perform contact_sync_add_rest(p_owner_id, v_kept, p_totals.batch_size);
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
      from contact_sync_spend_budget(p_owner_id, 0, p_totals.total_processed, p_signs) as b;
  end if;

  v_result.processing_time_ms :=
    greatest(1, v_result.processing_time_ms) + contact_sync_milliseconds_since(v_started_at);
  perform contact_sync_record_run(
    p_owner_id, clock_timestamp() - v_result.processing_time_ms::float8 * interval '1 millisecond',
    p_mode, p_device_contacts_count, v_result);
  return v_result;
end
$$;
