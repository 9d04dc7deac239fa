-- How the sessions are called that work for this one on other nodes of a Citus cluster.
create function contact_sync_origin()
returns text
language plpgsql stable
set search_path from current
as $$
begin
  return 'citus_internal gpid=' || pg_catalog.citus_backend_gpid()::text;
end
$$;
