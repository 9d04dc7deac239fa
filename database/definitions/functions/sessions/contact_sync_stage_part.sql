-- Stages a part of a session, counted from 0, at most 10,000 numbers; one that
-- comes again takes the place of the first. Parts may come in any order. At most
-- 1,000,000 numbers a session. With p_budget, more than the owner's book and budget
-- have room for are refused at once, as the commit would refuse them: parts stand in
-- the order in which they came, and whoever reads a dump could make of that which
-- phone key is whose. For service_role.
create function contact_sync_stage_part(
  p_owner_id   uuid,
  p_session_id uuid,
  p_part       integer,
  p_phone_keys uuid[],
  p_budget     boolean default true)
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
begin
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_session_id is not null, 'p_session_id');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_range(p_part, 0, 999999, 'p_part', 'Parts are counted from 0.');
  perform contact_sync_require_all(p_phone_keys, 'p_phone_keys');
  perform contact_sync_check_call_size(pg_catalog.cardinality(p_phone_keys));

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_store_part(p_owner_id, p_session_id, p_part, p_phone_keys, p_budget, v_key_number);
end
$$;
