-- The role of the session: inside of SECURITY DEFINER functions current_user is the
-- definer, but the role that SET ROLE chose still stands in the setting "role",
-- and where none did, it is the session's. NULL when it was dropped meanwhile.
create function contact_sync_caller()
returns oid
language plpgsql stable
set search_path from current
as $$
begin
  return pg_catalog.to_regrole(pg_catalog.quote_ident(
    coalesce(nullif(pg_catalog.current_setting('role', true), 'none'), session_user::text)))::oid;
end
$$;
