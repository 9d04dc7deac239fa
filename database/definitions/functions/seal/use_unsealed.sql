-- Records, once, that this database stores phone hashes as they are, so that
-- phones may sync by RPC. A dump then gives every number away to anybody with
-- a graphics card; docs/security.md says more. For service_role.
create function use_unsealed()
returns void
language plpgsql volatile
set search_path from current
as $$
begin
  insert into contact_sync_seal (is_sealed) values (false)
      on conflict do nothing;
  if exists (select from contact_sync_seal s where s.is_sealed) then
    raise exception using
      errcode = 'YC011',
      message = 'KEY_MISMATCH: this database is sealed, and what is stored can''t be unsealed here',
      hint = 'Start with an empty schema for an unsealed database.';
  end if;
end
$$;
