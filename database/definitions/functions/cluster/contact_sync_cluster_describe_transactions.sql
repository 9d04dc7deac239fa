-- contact_sync_describe_transactions() on Citus: of the nodes that the ids name. What runs
-- on a worker works mostly for a session here: it is that one's pid, name and state that are
-- told. pid is null for a session that another node's client has.
create function contact_sync_cluster_describe_transactions(
  p_ids bigint[],
  out id               bigint,
  out pid              integer,
  out application_name text,
  out state            text,
  out state_since      timestamptz,
  out began_at         timestamptz,
  out prepared_as      text)
returns setof record
language plpgsql volatile
set search_path from current
as $$
declare
  -- of a session's number in the whole cluster: the node's own, times 10^10, and its pid
  c_per_node constant bigint := 10000000000;
  v_here     constant bigint := (select n.nodeid from pg_catalog.pg_dist_node n where n.groupid = 0);
  -- each node's own numbers: one may be of several nodes
  v_ids      constant bigint[] := array(
    select distinct i.id % 4294967296 from pg_catalog.unnest(p_ids) as i (id) where i.id >= 4294967296);
begin
  return query
    select t.* from contact_sync_node_sessions(p_ids) as t;
  if pg_catalog.cardinality(v_ids) = 0 then
    return;
  end if;
  return query
    with told as (
      select a.group_id * 4294967296 + s.id as id, s.application_name, s.state, s.state_since, s.began_at, s.prepared_as,
             pg_catalog.substring(s.application_name, '^citus_internal gpid=([0-9]{1,18})$')::bigint as origin
        from contact_sync_ask_nodes(
               pg_catalog.format('select coalesce(pg_catalog.json_agg(t), %L) from %I.contact_sync_node_sessions(%L) as t',
                                 '[]', current_schema(), v_ids), '{}') as a
       cross join lateral json_to_recordset(a.answer::json)
          as s (id bigint, application_name text, state text, state_since timestamptz, began_at timestamptz, prepared_as text)
    )
    select t.id, h.pid,
           case when h.pid is null then t.application_name else h.application_name end,
           case when h.pid is null then t.state else h.state end,
           case when h.pid is null then t.state_since else h.state_change end,
           t.began_at, t.prepared_as
      from told t
      left join pg_catalog.pg_stat_activity h
        on h.pid::bigint = t.origin % c_per_node
       and t.origin / c_per_node = v_here
     where t.id = any (p_ids);
end
$$;
