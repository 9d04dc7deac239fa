-- Asks each node of a Citus cluster but this one, the coordinator, for one value as text:
-- p_question is a statement with one column and row. group_id tells the nodes apart.
-- A node that does not answer is an error, since nothing is known without it.
create function contact_sync_ask_nodes(
  p_question text,
  out group_id bigint,
  out answer   text)
returns setof record
language plpgsql volatile
set search_path from current
as $$
declare
  v_node record;
begin
  if (select g.groupid from pg_catalog.pg_dist_local_group g) <> 0 then
    raise exception using
      errcode = 'YC041',
      message = 'UNSUPPORTED_CLUSTER: this node is a worker, and the linker runs on the coordinator',
      hint = 'Connect to the coordinator.';
  end if;
  for v_node in
    select n.groupid::bigint as group_id, r.success, r.result
      from pg_catalog.run_command_on_workers(p_question) as r
      join pg_catalog.pg_dist_node n on n.nodename = r.nodename and n.nodeport = r.nodeport
     where n.noderole = 'primary'
  loop
    if not v_node.success then
      raise exception using
        errcode = 'connection_failure',
        message = pg_catalog.format('the node of group %s does not answer', v_node.group_id),
        detail = v_node.result;
    end if;
    group_id := v_node.group_id;
    answer := v_node.result;
    return next;
  end loop;
end
$$;
