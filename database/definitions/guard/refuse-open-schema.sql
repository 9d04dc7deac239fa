-- Refuses before anything is changed when somebody else may create objects in
-- the schema: an operator or a function planted there would be run with the
-- rights of whoever migrates, and later with those of our functions' owner.
-- Built-in functions by their full names and operators with exact types, or
-- this question would already run what is planted. docs/security.md says more.
do $guard$
declare
  v_open text;
begin
  select pg_catalog.string_agg(
           coalesce((select pg_catalog.quote_ident(r.rolname::text) from pg_catalog.pg_roles r where r.oid = a.grantee),
                    'PUBLIC'), ', ')
    into v_open
    from pg_catalog.pg_namespace n
   cross join lateral pg_catalog.aclexplode(n.nspacl) a
   where n.nspname = pg_catalog.current_schema()
     and a.privilege_type = 'CREATE'
     and a.grantee <> n.nspowner
     and (   a.grantee = '0'::oid
          or not (   pg_catalog.pg_has_role(a.grantee, (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user), 'usage')
                  or pg_catalog.pg_has_role(a.grantee, 'pg_database_owner'::name, 'usage')
                  or coalesce(pg_catalog.pg_has_role(a.grantee, pg_catalog.to_regrole('service_role')::oid, 'usage'), false)));

  if v_open is not null then
    raise exception using
      errcode = 'YC014',
      message = pg_catalog.format('UNSAFE_DATABASE: in schema %I others may create objects, which our functions would run: %s',
                                  pg_catalog.current_schema(), v_open),
      hint = pg_catalog.format('Nothing was changed. "revoke create on schema %I from %s", or install contact-sync into a schema of its own.',
                               pg_catalog.current_schema(), v_open);
  end if;
end
$guard$;
