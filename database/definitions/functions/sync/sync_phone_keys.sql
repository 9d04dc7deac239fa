-- Syncs an address book given as phone keys; sync_user_contacts() and the
-- library stand on it.
--
-- p_mode 'merge' adds what is new and keeps everything else. 'replace' takes
-- the numbers for the whole book and removes the contacts that are missing; if
-- that were more than half of what is stored, it refuses unless
-- p_confirm_removal is true. p_device_contacts_count is what the device holds
-- in all, for the statistics; it is not compared with the array. Numbers that
-- are new to the owner are charged to their budget, unless p_budget is false;
-- beyond it the call is refused and nothing is changed.
--
-- With p_device_id, the call is the device's: 'replace' is its snapshot, and removes
-- only contacts that nothing else holds; 'merge' adds to its set. sync_mark is what
-- its next delta begins with (sync_phone_keys_delta()).
--
-- p_signs is what the caller saw of the numbers before they were hashed: how many it
-- could not read (rejected), how many it looked at (numbers) and how many of these
-- have a near neighbour among them (neighbours); and when the account was made
-- (account_created_at). NULL, or an absent key: unknown.
--
-- All or nothing, and safe to repeat. Syncs of one owner follow one another.
-- For service_role.
create function sync_phone_keys(
  p_owner_id              uuid,
  p_phone_keys            uuid[],
  p_device_contacts_count integer,
  p_batch_size            integer default 500,
  p_mode                  text    default 'merge',
  p_confirm_removal       boolean default false,
  p_budget                boolean default true,
  p_device_id             text    default null,
  p_signs                 jsonb   default null)
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
  perform contact_sync_check_mode(p_mode);
  perform contact_sync_require(p_confirm_removal is not null, 'p_confirm_removal');
  perform contact_sync_require(p_budget is not null, 'p_budget');
  perform contact_sync_check_batch_size(p_batch_size);
  perform contact_sync_check_device_count(p_device_contacts_count);
  if p_device_id is not null then
    perform contact_sync_check_device_id(p_device_id);
  end if;
  perform contact_sync_read_signs(p_signs);
  perform contact_sync_choose_place(p_owner_id);
  select s.*
    into v_result
    from contact_sync_sync_keys(
           p_owner_id, p_phone_keys, p_device_contacts_count, p_batch_size, p_mode, p_confirm_removal,
           p_budget, p_device_id, p_signs, v_key_number) as s;
  return v_result;
end
$$;
