-- Asks each node of a Citus cluster but this one, the coordinator, for one value as text:
-- p_question is a statement with one column and row. group_id tells the nodes apart.
-- A node that does not answer is an error, since nothing is known without it.
--
-- Over connections of their own, so what they do and see is not this transaction's, and each
-- has to be made first, which takes far longer than the question. Nodes whose answers are
-- known (p_answered) are not asked. See contact_sync_ask_nodes_within().
create function contact_sync_ask_nodes(
  p_question text,
  p_answered bigint[],
  out group_id bigint,
  out answer   text)
returns setof record
language plpgsql volatile
set search_path from current
as $$
declare
  v_names text[];
  v_ports integer[];
  v_node  record;
begin
  if (select g.groupid from pg_catalog.pg_dist_local_group g) <> 0 then
    raise exception using
      errcode = 'YC041',
      message = 'UNSUPPORTED_CLUSTER: this node is a worker, and the linker runs on the coordinator',
      hint = 'Connect to the coordinator.';
  end if;
  select pg_catalog.array_agg(n.nodename order by n.groupid), pg_catalog.array_agg(n.nodeport order by n.groupid)
    into v_names, v_ports
    from pg_catalog.master_get_active_worker_nodes() as w
    join pg_catalog.pg_dist_node n on n.nodename = w.node_name and n.nodeport = w.node_port
   where n.noderole = 'primary'
     and n.groupid <> all (p_answered);
  if v_names is null then
    return;
  end if;
  -- as run_command_on_workers() does it
  for v_node in
    select n.groupid::bigint as group_id, r.success, r.result
      from pg_catalog.master_run_on_worker(
             v_names, v_ports, pg_catalog.array_fill(p_question, array[pg_catalog.cardinality(v_names)]), true) as r
      join pg_catalog.pg_dist_node n on n.nodename = r.node_name and n.nodeport = r.node_port
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
