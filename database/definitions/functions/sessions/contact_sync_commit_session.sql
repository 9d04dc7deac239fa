-- Commits a session, if p_version is what it has staged: one transaction, of which
-- nothing shows before. What sync_phone_keys() does for a device, for a book of up
-- to 1,000,000. duplicates are those among the staged; p_signs is what it is in
-- sync_phone_keys(). For service_role.
create function contact_sync_commit_session(
  p_owner_id        uuid,
  p_session_id      uuid,
  p_version         bigint,
  p_batch_size      integer,
  p_confirm_removal boolean,
  p_budget          boolean,
  p_signs           jsonb default null)
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
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  perform contact_sync_require(p_version is not null, 'p_version');
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_read_signs(p_signs);

  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_store_session(
           p_owner_id, p_session_id, p_version, p_batch_size, p_confirm_removal, p_budget, p_signs, v_key_number) as s;
  return v_result;
end
$$;
