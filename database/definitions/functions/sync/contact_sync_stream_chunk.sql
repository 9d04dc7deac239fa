-- A chunk of a streamed sync, which may be larger than one call: adds what is
-- new and, for a stream that will replace, stages the numbers so that
-- contact_sync_finish_stream() knows what to keep. Leaves no history; the finish does.
-- Of a stream that will replace, new numbers beyond the owner's 1,000,000 are
-- only staged, and counted as inserted: the finish stores them. Each chunk is
-- charged to the owner's budget by itself, unless p_budget is false. p_signs is what
-- it is in sync_phone_keys(), of the chunk, but the finish is told of numbers that
-- could not be read, since a book's share is of all of it.
--
-- All or nothing a chunk; a chunk sent twice does no harm. For service_role.
create function contact_sync_stream_chunk(
  p_owner_id   uuid,
  p_stream_id  uuid,
  p_phone_keys uuid[],
  p_batch_size integer default 500,
  p_stage      boolean default false,
  p_budget     boolean default true,
  p_signs      jsonb   default null)
returns contact_sync_result
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_result     contact_sync_result;
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_stream_id is not null, 'p_stream_id');
  perform contact_sync_require(p_stage is not null, 'p_stage');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_read_signs(p_signs);
  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_store_chunk(
           p_owner_id, p_stream_id, p_phone_keys, p_batch_size, p_stage, p_budget, p_signs, v_key_number) as s;
  return v_result;
end
$$;
