-- Whether the caller may act for any owner: who has the rights of the tables'
-- owner or of service_role by being one of them, a member that inherits, or a
-- superuser. Never because of a grant: dumps, recipes and default privileges
-- change grants, and nobody notices.
create function contact_sync_is_trusted_caller()
returns boolean
language plpgsql stable
set search_path from current
as $$
declare
  v_caller constant oid := contact_sync_caller();
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
