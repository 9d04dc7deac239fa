-- Takes one number out of the directory; with p_user_id only while it belongs
-- to that user. Returns whether it did. p_next_phone_key as of link_phones(). For service_role.
create function unlink_phone(
  p_phone_key      uuid,
  p_user_id        uuid default null,
  p_next_phone_key uuid default null)
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  perform contact_sync_require(p_phone_key is not null, 'p_phone_key');
  return unlink_phones(array[p_phone_key], case when p_user_id is not null then array[p_user_id] end,
                       case when p_next_phone_key is not null then array[p_next_phone_key] end) > 0;
end
$$;
