-- Whether the session may speak for a user at all: only of authenticated and its
-- members are the claims believed. Anybody else who can reach a function could
-- have written them, with set_config(), by themself; so could a stranger's code
-- that is run in the session of a back end or a superuser, which is why those
-- count as nobody here.
create function contact_sync_is_signed_in()
returns boolean
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_caller constant oid := contact_sync_caller();
begin
  return coalesce(pg_catalog.pg_has_role(v_caller, pg_catalog.to_regrole('authenticated')::oid, 'usage'), false)
     and not coalesce(pg_catalog.pg_has_role(v_caller, pg_catalog.to_regrole('service_role')::oid, 'usage'), false)
     and not coalesce(pg_catalog.pg_has_role(v_caller, (select c.relowner
                                                          from pg_catalog.pg_class c
                                                         where c.oid = 'contacts_with_accounts'::regclass::oid),
                                             'usage'), true);
end
$$;
