-- What is wrong with an installation on a Citus cluster beside what
-- contact_sync_access_faults() finds here, as rows of check_contact_sync(): tables that are
-- not spread as distribute_contact_sync() would, functions that are not the cluster's, and
-- of each node whether it answers, has all that is here, keeps it as closed, and is looked
-- after by Citus.
create function contact_sync_cluster_faults()
returns table (
  code       text,
  severity   text,
  object     text,
  problem    text,
  cure       text,
  is_fixable boolean)
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_schema   constant text := current_schema()::text;
  v_again    constant text := pg_catalog.format('select %I.distribute_contact_sync();', v_schema);
  v_here     constant json := contact_sync_node_state();
  -- what lies on this node alone, with its sequences, as it is meant to or not
  v_local    constant text[] := array(
    select pg_catalog.format('%I.%I', v_schema, o.name)
      from contact_sync_objects() as o
     where o.kind = 'table'
       and not exists (select
                         from pg_catalog.pg_dist_partition p
                        where p.logicalrelid::oid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', v_schema, o.name))::oid));
  v_node     record;
  v_shown    text;
  v_state    json;
begin
  return query
    with wanted as (
      select pg_catalog.format('%I.%I', v_schema, t.name) as shown, t.place
        from contact_sync_spread_tables() as t
    ), spread as (
      select w.shown, w.place, p.colocationid, b.colocationid as beside, p.logicalrelid is not null as is_spread,
             case
               when p.partmethod = 'h' then 'by owner'
               when p.repmodel = 't' then 'everywhere'
               else 'here'
             end as found
        from wanted w
        left join pg_catalog.pg_dist_partition p on p.logicalrelid::oid = pg_catalog.to_regclass(w.shown)::oid
        left join pg_catalog.pg_dist_partition b
          on b.logicalrelid::oid = pg_catalog.to_regclass(pg_catalog.format('%I.contacts_with_accounts', v_schema))::oid
    )
    select 'CLUSTER_TABLE', 'warning', s.shown,
           case
             when not s.is_spread then 'it is not spread over the cluster'
             when s.place <> s.found then pg_catalog.format('it is spread otherwise than it should be: %s, and not %s', s.found, s.place)
             else 'its rows do not lie beside those of contacts_with_accounts'
           end,
           case
             when s.is_spread then 'While nobody syncs: undistribute_table(), then `contact-sync migrate --citus`.'
             else v_again
           end,
           not s.is_spread
      from spread s
     where not s.is_spread
        or s.place <> s.found
        or s.place = 'by owner' and s.colocationid is distinct from s.beside;

  return query
    select 'CLUSTER_FUNCTION', 'warning', contact_sync_signature(p.oid),
           'it is not the one for a cluster, as after a migration that was run by hand'::text, v_again, true
      from pg_catalog.pg_proc p
     where p.pronamespace = pg_catalog.quote_ident(v_schema)::regnamespace::oid
       and (   'plan_cache_mode=force_generic_plan' = any (p.proconfig)
            or exists (select
                         from pg_catalog.pg_proc c
                        where c.pronamespace = p.pronamespace
                          and c.proname = pg_catalog.replace(p.proname::text, 'contact_sync_', 'contact_sync_cluster_')::name
                          and c.proargtypes operator(pg_catalog.=) p.proargtypes
                          and c.prosrc <> p.prosrc));

  -- Citus connects to the nodes as whoever asks, and writes several rows by COPY.
  return query
    select 'CLUSTER_ROLE', case when r.rolcanlogin then 'warning' else 'note' end, 'role ' || pg_catalog.quote_ident(r.rolname::text),
           case
             when r.rolcanlogin
             then 'it is bound by row-level security, under which Citus can''t write several rows at once: syncs and links fail'
             else 'it can''t log in, so whoever becomes it by SET ROLE does not reach the nodes; a login that is a member does'
           end,
           case
             when r.rolcanlogin
             then pg_catalog.format('On each node, as a superuser: alter role %I bypassrls;', r.rolname)
             else pg_catalog.format('Where SQL is run by SET ROLE %1$I, on each node: alter role %1$I login; and have pg_hba.conf take it from the other nodes alone.', r.rolname)
           end,
           false
      from pg_catalog.pg_roles r
      join pg_catalog.pg_class t on t.oid = pg_catalog.to_regclass(pg_catalog.format('%I.contacts_with_accounts', v_schema))::oid
     where pg_catalog.pg_has_role(r.oid, pg_catalog.to_regrole('service_role')::oid, 'usage')
       and case
             when r.rolcanlogin then not r.rolbypassrls and not r.rolsuper and not pg_catalog.pg_has_role(r.oid, t.relowner, 'usage')
             else r.rolname = 'service_role'
           end
     order by 3;

  for v_node in
    select n.nodename, n.nodeport, n.groupid, n.isactive and n.hasmetadata and n.metadatasynced as is_synced,
           case when n.groupid = 0 then true else r.success end as success,
           case when n.groupid = 0 then v_here::text else r.result end as result
      from pg_catalog.pg_dist_node n
      left join pg_catalog.run_command_on_workers(pg_catalog.format('select %I.contact_sync_node_state()', v_schema)) as r
        on r.nodename = n.nodename and r.nodeport = n.nodeport
     where n.noderole = 'primary'
     order by n.groupid
  loop
    v_shown := pg_catalog.format('node %s:%s', v_node.nodename, v_node.nodeport);
    if not v_node.is_synced then
      return query
        select 'CLUSTER_NODE', 'warning', v_shown,
               'it is switched off, or has not got the metadata of the cluster: what its rows are for fails'::text,
               pg_catalog.format('As a superuser: select citus_activate_node(%L, %s);', v_node.nodename, v_node.nodeport), false;
    end if;
    if v_node.success is not true then
      if v_node.is_synced then
        return query
          select 'CLUSTER_NODE', 'warning', v_shown,
                 pg_catalog.format('it does not answer, and the calls of those owners fail whose rows it has: %s', v_node.result),
                 'Start it, or let its standby take its place (citus_update_node()). It answers whoever asks here under the same role: that role needs LOGIN, and pg_hba.conf of each node has to let the other nodes in.'::text, false;
      end if;
      continue;
    end if;
    v_state := v_node.result::json;

    return query
      select f.code, f.severity, f.object || ' on ' || v_shown, f.problem,
             -- rights: each node sets its own
             case when f.code in ('GRANTED_TO_OTHERS', 'GRANT_MISSING') then v_again else f.cure end,
             f.is_fixable
        from json_to_recordset(v_state -> 'faults'::text)
          as f (code text, severity text, object text, problem text, cure text, is_fixable boolean)
       where v_node.groupid <> 0
         and not exists (select
                           from json_to_recordset(v_here -> 'faults'::text) as h (code text, object text, problem text)
                          where h.code = f.code and h.object = f.object and h.problem = f.problem)
         and not (f.code = 'OBJECT_MISSING'
                  and exists (select from pg_catalog.unnest(v_local) as l (name) where pg_catalog.starts_with(f.object, l.name)));

    return query
      select 'CLUSTER_FUNCTION', 'warning', s.shown || ' on ' || v_shown,
             'it is not the one that the coordinator has'::text,
             -- made again here, and so on every node
             pg_catalog.format('do %L;',
               pg_catalog.format('begin execute pg_catalog.pg_get_functiondef(%L::regprocedure); end', s.shown)), true
        from json_each_text(v_here -> 'functions'::text) as h
        join json_each_text(v_state -> 'functions'::text) as t on t.key = h.key
       cross join lateral (select contact_sync_signature(h.key::regprocedure::oid) as shown) as s
       where t.value <> h.value;

    return query
      select 'GRANTED_TO_OTHERS', case when v_node.groupid = 0 then 'unsafe' else 'warning' end, 'shards on ' || v_shown,
             'others hold rights on shards that they do not hold on the tables, by the default privileges of the schema there'::text,
             v_again, true
       where (v_state ->> 'open_shards'::text)::bigint > 0;

    -- Each node ends those that it has begun, of which the first number is its group's.
    return query
      select 'CLUSTER_PREPARED', 'warning', v_shown,
             pg_catalog.format('prepared transactions of Citus are older than ten minutes and keep their locks: %s', count(*)),
             pg_catalog.format('As a superuser on %s: select recover_prepared_transactions();',
                               coalesce('node ' || n.nodename || ':' || n.nodeport::text, 'the node that has begun them')),
             false
        from json_array_elements_text(v_state -> 'old_prepared'::text) as x (gid)
        left join pg_catalog.pg_dist_node n
          on n.noderole = 'primary'
         and n.groupid::text = pg_catalog.split_part(x.gid, '_', 2)
       group by n.nodename, n.nodeport
       order by n.nodename, n.nodeport;

    return query
      select s.code, s.severity, v_shown, s.problem, s.cure, false
        from (values
          ('CLUSTER_UPKEEP', 'warning', not (v_state ->> 'has_upkeep'::text)::boolean,
           'the maintenance daemon of Citus does not run for this database: nobody finds deadlocks between nodes, nor finishes what a node that failed had prepared',
           'Raise max_worker_processes there (one for each database that has the extension), and connect to the database once.'),
          ('CLUSTER_PREPARED', 'warning', (v_state ->> 'max_prepared'::text)::integer = 0,
           'max_prepared_transactions is 0, so nothing that changes rows on two nodes can commit',
           'As a superuser there: alter system set max_prepared_transactions = 200; and restart it.'),
          ('CLUSTER_JIT', 'note', (v_state ->> 'jit'::text)::boolean and v_node.groupid <> 0,
           'jit is on, which our functions switch off for themselves, and can''t for the statements that the coordinator sends here: compiling them takes most of the linker''s time',
           pg_catalog.format('There: alter database %I set jit = off; and let sessions connect anew.', pg_catalog.current_database()))
        ) as s (code, severity, is_so, problem, cure)
       where s.is_so;
  end loop;
end
$$;
