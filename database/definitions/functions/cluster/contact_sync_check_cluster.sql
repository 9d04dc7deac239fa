-- Refuses to spread the schema where that can't be done: without the extension, on a
-- worker, with a version of Citus that nobody has tried, or where its name has to be quoted,
-- which Citus does not do where it tells the nodes of rights.
create function contact_sync_check_cluster()
returns void
language plpgsql stable
set search_path from current
as $$
declare
  -- All public functions, races and kills of nodes were tried with these (docs/citus.md).
  c_tried   constant text[] := array['13.2'];
  v_version text;
begin
  v_version := (select e.extversion from pg_catalog.pg_extension e where e.extname = 'citus');
  if v_version is null then
    raise exception using
      errcode = 'YC041',
      message = 'UNSUPPORTED_CLUSTER: this database does not have the extension citus',
      hint = 'Nothing was changed. "create extension citus" in this database on every node, and add the workers (citus_add_node).';
  end if;
  if split_part(v_version, '-', 1) <> all (c_tried) then
    raise exception using
      errcode = 'YC041',
      message = pg_catalog.format('UNSUPPORTED_CLUSTER: contact-sync has not been tried with Citus %s, but with %s',
                                  v_version, pg_catalog.array_to_string(c_tried, ', ')),
      hint = 'Nothing was changed. Use one of those.';
  end if;
  if pg_catalog.quote_ident(current_schema()::text) <> current_schema()::text then
    raise exception using
      errcode = 'YC041',
      message = pg_catalog.format('UNSUPPORTED_CLUSTER: Citus does not take the schema''s name %I', current_schema()),
      hint = 'Nothing was changed. Rename it: lower-case letters, digits and underscores, and no word of SQL.';
  end if;
  if (select g.groupid from pg_catalog.pg_dist_local_group g) <> 0 then
    raise exception using
      errcode = 'YC041',
      message = 'UNSUPPORTED_CLUSTER: this node is a worker of the cluster',
      hint = 'Nothing was changed. Connect to the coordinator.';
  end if;
  if not exists (select from pg_catalog.pg_dist_node n where n.groupid = 0) then
    raise exception using
      errcode = 'YC041',
      message = 'UNSUPPORTED_CLUSTER: the workers do not know where the coordinator is',
      hint = 'Nothing was changed. Say it by citus_set_coordinator_host(), and add the workers (citus_add_node).';
  end if;
  if not exists (select from pg_catalog.pg_dist_node n where n.shouldhaveshards and n.isactive) then
    raise exception using
      errcode = 'YC041',
      message = 'UNSUPPORTED_CLUSTER: no node of this cluster takes shards',
      hint = 'Nothing was changed. Add workers by citus_add_node().';
  end if;
end
$$;
