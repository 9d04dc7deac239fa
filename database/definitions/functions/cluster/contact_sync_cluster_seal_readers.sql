-- contact_sync_seal_readers() on Citus: a reference table, which each node reads in its
-- own copy; by the number of a node's group before its transactions.
create function contact_sync_cluster_seal_readers()
returns text[]
language plpgsql volatile
set search_path from current
as $$
declare
  v_copy constant text := pg_catalog.format('%I.%I', current_schema(), contact_sync_copy_of('contact_sync_seal'));
begin
  return contact_sync_node_readers('contact_sync_seal'::regclass::oid, null::text)
    operator(pg_catalog.||) contact_sync_node_readers(v_copy::regclass::oid, null::text)
    operator(pg_catalog.||) array(
      select case when t.id = 'prepared' then 'prepared ' else '' end || a.group_id::text || ' ' || t.id
        from contact_sync_ask_nodes(
               pg_catalog.format('select %1$I.contact_sync_node_readers(%2$L::regclass::oid, %3$L)',
                                 current_schema(), v_copy, contact_sync_origin()), '{}') as a
       cross join lateral pg_catalog.unnest(a.answer::text[]) as t (id));
end
$$;
