-- Whether the caller may act for any owner: who has the rights of the tables'
-- owner or of service_role by being one of them, a member that inherits, or a
-- superuser. Never because of a grant: dumps, recipes and default privileges
-- change grants, and nobody notices.
--
-- Asked in functions that run as whoever calls them, so current_user is the
-- caller, also where a trigger, an index's function or another SECURITY DEFINER
-- function of a stranger's is run in a session that is trusted. (Within our own
-- SECURITY DEFINER functions it is their owner: whom they act for has been
-- decided by then.)
-- For every signed-in user and service_role.
create function contact_sync_is_trusted_caller()
returns boolean
language plpgsql stable
set search_path from current
as $$
declare
  v_caller constant oid := pg_catalog.to_regrole(pg_catalog.quote_ident(current_user::text))::oid;
begin
  -- First what a back end is, and what needs no look at the catalog.
  if pg_catalog.pg_has_role(v_caller, pg_catalog.to_regrole('service_role')::oid, 'usage') then
    return true;
  end if;
  return coalesce(pg_catalog.pg_has_role(v_caller, (select c.relowner
                                                      from pg_catalog.pg_class c
                                                     where c.oid = 'contacts_with_accounts'::regclass::oid),
                                         'usage'), false);
end
$$;
