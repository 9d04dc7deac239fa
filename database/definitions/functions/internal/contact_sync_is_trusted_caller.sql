-- Whether the caller may act for any owner: a role that may write the contacts
-- table by itself gains nothing by a function. Asked inside SECURITY DEFINER
-- functions, where current_user is the definer; the role that SET ROLE chose
-- still stands in the setting "role".
create function contact_sync_is_trusted_caller()
returns boolean
language sql stable
set search_path from current
as $$
  select has_table_privilege(
           coalesce(nullif(current_setting('role', true), 'none'), session_user::text)::name,
           'contacts_with_accounts', 'insert')
$$;
