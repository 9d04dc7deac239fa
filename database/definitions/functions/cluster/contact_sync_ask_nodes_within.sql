-- contact_sync_ask_nodes() over the connections that this transaction has to the nodes, or
-- that are kept from the one before: for questions about what a node has at this moment,
-- whoever asks. p_question is to be a function's of the node's own state. Where an answer from
-- within a transaction that has written on the node would be another than everybody's, it
-- answers NULL, and is asked from outside.
--
-- A statement about one owner goes to the node of their shard. So a node is asked by an id
-- that would lie there, of nobody. Which node it was it says itself, since a shard may just
-- have moved; a node that has not answered, as one that was just added and has no shard, is
-- asked from outside.
create function contact_sync_ask_nodes_within(
  p_question text,
  out group_id bigint,
  out answer   text)
returns setof record
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  -- ids a shard that are tried: enough to find nearly any, also where it is a node's only one
  c_tries    constant integer := 8;
  v_missing  bigint[];
  v_answered bigint[] := '{}';
  v_place    record;
begin
  v_missing := array(
    select n.groupid::bigint
      from pg_catalog.master_get_active_worker_nodes() as w
      join pg_catalog.pg_dist_node n on n.nodename = w.node_name and n.nodeport = w.node_port
     where n.noderole = 'primary'
       and (select g.groupid from pg_catalog.pg_dist_local_group g) = 0);
  for v_place in
    select o.owner_id, p.groupid::bigint as group_id
      from (select t.owner_id,
                   pg_catalog.get_shard_id_for_distribution_column('contact_sync_status'::regclass, t.owner_id) as shard_id
              from (select pg_catalog.md5(i.number::text)::uuid as owner_id
                      from generate_series(
                             1, c_tries * (select count(*)
                                             from pg_catalog.pg_dist_shard s
                                            where s.logicalrelid = 'contact_sync_status'::regclass)::integer) as i (number)) as t
            offset 0) as o
      join pg_catalog.pg_dist_placement p on p.shardid = o.shard_id
  loop
    exit when pg_catalog.cardinality(v_missing) = 0;
    continue when v_place.group_id <> all (v_missing);
    v_missing := pg_catalog.array_remove(v_missing, v_place.group_id);
    execute pg_catalog.format(
      'select %1$I.contact_sync_node_group(), (%2$s)::text
         from (select count(*) from %1$I.contact_sync_status s where s.owner_id = %3$L::uuid) as there',
      current_schema(), p_question, v_place.owner_id)
      into group_id, answer;
    if answer is not null and group_id <> 0 and group_id <> all (v_answered) then
      v_answered := v_answered operator(pg_catalog.||) group_id;
      return next;
    end if;
  end loop;
  return query
    select a.* from contact_sync_ask_nodes(p_question, v_answered) as a;
end
$$;
