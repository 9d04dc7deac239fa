-- Notes that the owner called or wrote to a contact, at p_at (NULL: now). An
-- earlier time than the one on record changes nothing. Returns the contact.
-- For the owner and service_role.
create function record_contact_interaction(
  p_owner_id  uuid,
  p_phone_key uuid,
  p_at        timestamptz default null)
returns contact_sync_contact
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_now        constant timestamptz := clock_timestamp();
  v_at         constant timestamptz := coalesce(p_at, v_now);
  v_contact    contact_sync_contact;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_record_contact_interaction(p_owner_id, p_phone_key, p_at);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  if not isfinite(p_at) or p_at > v_now + interval '1 day' then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: the time of the interaction must be finite and not more than a day ahead of the database''s clock';
  end if;

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_change_choices(p_owner_id, p_phone_key, null::boolean, v_at, v_key_number);

  select f.* into v_contact from find_contact(p_owner_id, p_phone_key) as f;
  if not found then
    perform contact_sync_contact_missing();
  end if;
  return v_contact;
end
$$;
