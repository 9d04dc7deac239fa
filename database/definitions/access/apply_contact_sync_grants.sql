-- Brings rights, row-level security and policies to what the rule says that
-- stands on top of contact_sync_access_faults(): revokes from whoever holds
-- something and should not, by name, and grants what is missing. What is right
-- already is left alone, so on a live database it waits for nobody.
--
-- Every migration ends with it, and so does each `contact-sync migrate`; run it
-- after a restore and after creating one of the roles. Only for the owner.
create function apply_contact_sync_grants()
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_owner_id  constant oid := (select c.relowner from pg_catalog.pg_class c where c.oid = 'phones'::regclass::oid);
  v_statement text;
begin
  if not pg_catalog.pg_has_role(v_owner_id, 'usage') then
    raise exception using
      errcode = 'YC007',
      message = 'NOT_ALLOWED: only the owner of contact-sync''s tables may set their rights',
      hint = pg_catalog.format('Call it as %s.', v_owner_id::regrole);
  end if;

  -- The schema may belong to somebody else; check_contact_sync() tells what is left.
  for v_statement in
    select f.cure
      from contact_sync_access_faults() as f
     where f.code in ('GRANTED_TO_OTHERS', 'GRANT_MISSING',
                      'ROW_SECURITY_OFF', 'ROW_SECURITY_FORCED',
                      'POLICY_FOREIGN', 'POLICY_MISSING', 'POLICY_CHANGED', 'VIEW_READS_AS_OWNER')
        or (f.code = 'SCHEMA_CLOSED'
            and pg_catalog.has_schema_privilege(pg_catalog.current_schema()::text, 'usage with grant option'))
  loop
    execute v_statement;
  end loop;
end
$$;
