-- Puts the functions' cluster versions in their place: in distribute_contact_sync(), and right
-- after migrations that may have brought others to an installation that is spread.
create function contact_sync_replace_functions()
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_function record;
begin
  for v_function in
    select c.oid as cluster_oid
      from pg_catalog.pg_proc c
      join pg_catalog.pg_proc p
        on p.pronamespace = c.pronamespace
       and p.proname = replace(c.proname::text, 'contact_sync_cluster_', 'contact_sync_')::name
       and p.proargtypes = c.proargtypes
       and p.prosrc <> c.prosrc
     where c.pronamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace
       and c.proname like 'contact\_sync\_cluster\_%'
     order by c.proname
  loop
    execute replace(pg_catalog.pg_get_functiondef(v_function.cluster_oid), '.contact_sync_cluster_', '.contact_sync_');
  end loop;
end
$$;
