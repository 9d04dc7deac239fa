-- A function of this schema as a statement names it, wherever it is run.
create function contact_sync_signature(p_function oid)
returns text
language sql stable
set search_path from current
as $$
  select pg_catalog.format('%I.%I(%s)', n.nspname, p.proname,
           (select pg_catalog.string_agg(
                     case when t.typnamespace = p.pronamespace
                          then pg_catalog.format('%I.%I', n.nspname, t.typname)
                          else pg_catalog.format_type(t.oid, null)
                     end, ', ' order by a.place)
              from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality as a (type_id, place)
              join pg_catalog.pg_type t on t.oid = a.type_id))
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.oid = p_function
$$;
