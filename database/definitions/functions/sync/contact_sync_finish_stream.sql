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
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  -- not as it is: Citus does not pass on what is of a type of ours
  v_totals     constant text := p_totals::text;
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_totals.total_processed is not null, 'p_totals');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_device_count(p_device_contacts_count);
  perform contact_sync_read_signs(p_signs);

  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_end_stream(
           p_owner_id, p_stream_id, p_device_contacts_count, p_mode, p_confirm_removal, v_totals, p_budget,
           p_signs, v_key_number) as s;
  return v_result;
end
$$;
