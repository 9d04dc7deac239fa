-- Takes one number out of the directory; with p_user_id only while it belongs
-- to that user. Returns whether it did. For service_role.
create function unlink_phone(
  p_phone_hash text,
  p_user_id    uuid default null)
returns boolean
language sql volatile
set search_path from current
as $$
  select unlink_phones(array[p_phone_hash], case when p_user_id is not null then array[p_user_id] end) > 0
$$;
