-- Marks a contact as favourite, or not. Returns the contact.
-- For the owner and service_role.
create function set_contact_favorite(
  p_owner_id    uuid,
  p_phone_key   uuid,
  p_is_favorite boolean)
returns contact_sync_contact
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_key_number constant text := coalesce(current_setting('contact_sync.key_number', true), '');
  v_contact    contact_sync_contact;
begin
  if not contact_sync_is_trusted_caller() then
    return contact_sync_own_set_contact_favorite(p_owner_id, p_phone_key, p_is_favorite);
  end if;
  perform contact_sync_require(p_owner_id is not null, 'p_owner_id');
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  perform contact_sync_require(p_is_favorite is not null, 'p_is_favorite');

  perform contact_sync_choose_place(p_owner_id);
  perform from contact_sync_change_choices(p_owner_id, p_phone_key, p_is_favorite, null::timestamptz, v_key_number);

  select f.* into v_contact from find_contact(p_owner_id, p_phone_key) as f;
  if not found then
    perform contact_sync_contact_missing();
  end if;
  return v_contact;
end
$$;
