-- 026_spread_over_nodes.sql
-- The same on a Citus cluster: what differs there, and the step that spreads the tables.
--
-- Composed from database/definitions (npm run compose): until it is released,
-- change it there; from then on it stays as it is.
-- To run it by hand: psql --single-transaction --file, in the order of the numbers.

set local search_path = public, pg_temp;

-- Outside of a transaction that line only warns, and what follows would be pinned to another path.
do $transaction$
begin
  if pg_catalog.right(pg_catalog.current_setting('search_path'), 7) operator(pg_catalog.<>) 'pg_temp' then
    raise exception using
      errcode = '25P01',
      message = 'this migration has to run in one transaction; nothing was changed',
      hint = 'psql --set ON_ERROR_STOP=1 --single-transaction --file FILE, or "begin" before it and "commit" behind it.';
  end if;
end
$transaction$;


-- Whether one of our tables is spread over a Citus cluster, of which the coordinator knows.
create function contact_sync_is_spread(p_table text)
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (select
                   from pg_catalog.pg_dist_partition p
                  where p.logicalrelid = pg_catalog.format('%I.%I', current_schema(), p_table)::regclass);
end
$$;


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


-- The number of this node's group in a Citus cluster, which tells the nodes apart.
create function contact_sync_node_group()
returns bigint
language plpgsql volatile
set search_path from current
as $$
begin
  return (select g.groupid::bigint from pg_catalog.pg_dist_local_group g);
end
$$;


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


-- Which of these entries of the linker's queues this node's own copies show, and whether they
-- show this erasure, to everybody: what contact_sync_cluster_shown_everywhere() asks each node
-- of a Citus cluster. NULL where this transaction has written on the node, and so may be the
-- only one that sees it.
create function contact_sync_node_shows(
  p_link_ids    bigint[],
  p_book_ids    bigint[],
  p_user_digest bytea,
  p_erased_at   timestamptz)
returns json
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_shown json;
begin
  if pg_current_xact_id_if_assigned() is not null then
    return null;
  end if;
  execute pg_catalog.format(
    'select pg_catalog.json_build_object(
              ''link_ids'', array(select q.entry_id from %1$I.%2$I q where q.entry_id = any ($1)),
              ''book_ids'', array(select b.entry_id from %1$I.%3$I b where b.entry_id = any ($2)),
              ''is_erased'', $3 is null
                             or exists (select from %1$I.%4$I e where e.user_digest = $3 and e.erased_at = $4))',
    current_schema(), contact_sync_copy_of('contact_sync_pending_links'),
    contact_sync_copy_of('contact_sync_pending_books'), contact_sync_copy_of('contact_sync_erasures'))
    into v_shown
    using p_link_ids, p_book_ids, p_user_digest, p_erased_at;
  return v_shown;
end
$$;


-- What a node's own copy of a reference table is called, on Citus: the same on each.
create function contact_sync_copy_of(p_table text)
returns text
language plpgsql stable
set search_path from current
as $$
begin
  return p_table || '_' || (
    select s.shardid::text
      from pg_catalog.pg_dist_shard s
     where s.logicalrelid = pg_catalog.format('%I.%I', current_schema(), p_table)::regclass);
end
$$;


-- contact_sync_lock_numbers() on Citus: in the coordinator's own copy of the directory, which
-- every change of it writes to. Asked of the reference table, "for update" locks all of it
-- on all nodes until the transaction ends.
create function contact_sync_cluster_lock_numbers(
  p_phone_keys uuid[],
  out phone_keys uuid[],
  out user_ids   uuid[])
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  execute pg_catalog.format(
    'select pg_catalog.array_agg(o.phone_key), pg_catalog.array_agg(o.linked_user_id)
       from (select d.phone_key, d.linked_user_id
               from %I.%I d
              where d.phone_key = any ($1)
              order by d.phone_key
                for update) as o',
    current_schema(), contact_sync_copy_of('phones'))
    into phone_keys, user_ids
    using p_phone_keys;
end
$$;


-- contact_sync_is_only_linker() on Citus: whether no other linker is at it, and none begins
-- until this transaction ends. The lock is the coordinator's, where linkers run.
create function contact_sync_cluster_is_only_linker()
returns boolean
language plpgsql volatile
set search_path from current
as $$
begin
  -- 'cslk' in ASCII, and the schema
  return pg_try_advisory_xact_lock(x'63736c6b'::integer, contact_sync_fence_id());
end
$$;


-- contact_sync_is_only_walker() on Citus, where whoever would lock a row of a reference table
-- waits for all who have one. The lock is the coordinator's, where the walk is gone.
create function contact_sync_cluster_is_only_walker()
returns boolean
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  -- 'cswk' in ASCII, and the schema
  return pg_try_advisory_xact_lock(x'6373776b'::integer, contact_sync_fence_id());
end
$$;


-- contact_sync_take_entries() on Citus, where to lock rows of a reference table is to lock
-- all of it on all nodes: there is one linker at a time
-- (contact_sync_cluster_is_only_linker()), and nobody else changes its entries.
create function contact_sync_cluster_take_entries(
  p_after   bigint,
  p_asked   bigint[],
  p_now     timestamptz,
  p_running bigint[],
  p_max     integer)
returns bigint[]
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  if p_asked is null then
    return array(
      select t.entry_id
        from (select q.entry_id
                from contact_sync_pending_links q
               where q.entry_id > p_after
                 and case
                       when q.owner_ids is not null then true
                       when q.late_owner_ids is not null then q.retry_at <= p_now or not q.blockers operator(pg_catalog.<@) p_running
                       else q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) p_running
                     end
               order by q.entry_id
               limit p_max) as t);
  end if;
  return array(
    select t.entry_id
      from (select q.entry_id
              from contact_sync_pending_links q
             where q.entry_id = any (p_asked)
               and case
                     when q.owner_ids is not null then true
                     when q.late_owner_ids is not null then q.blockers is null or not q.blockers operator(pg_catalog.<@) p_running
                     else q.fence_holders is null or not q.fence_holders operator(pg_catalog.&&) p_running
                   end) as t
     order by t.entry_id);
end
$$;


-- contact_sync_take_pending_books() on Citus: see contact_sync_cluster_take_entries().
create function contact_sync_cluster_take_pending_books(p_running bigint[])
returns bigint[]
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  return array(
    select b.entry_id
      from contact_sync_pending_books b
     where b.fence_holders is null
        or not b.fence_holders operator(pg_catalog.&&) p_running
     order by b.entry_id
     limit 100);
end
$$;


-- contact_sync_owners_without_status() on Citus.
create function contact_sync_cluster_owners_without_status()
returns setof uuid
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_owner_ids uuid[];
begin
  v_owner_ids := array(select distinct c.owner_id from contacts_with_accounts c left join contact_sync_status s on s.owner_id = c.owner_id where s.owner_id is null)
    operator(pg_catalog.||) array(select distinct k.owner_id from contact_sync_kept_choices k left join contact_sync_status s on s.owner_id = k.owner_id where s.owner_id is null)
    operator(pg_catalog.||) array(select distinct t.owner_id from contact_sync_staged_keys t left join contact_sync_status s on s.owner_id = t.owner_id where s.owner_id is null)
    operator(pg_catalog.||) array(select distinct e.owner_id from contact_sync_sessions e left join contact_sync_status s on s.owner_id = e.owner_id where s.owner_id is null);
  return query
    select distinct o.id
      from pg_catalog.unnest(
             v_owner_ids
             operator(pg_catalog.||) array(
               select distinct r.owner_id from contact_sync_renewed_links r
               except
               select s.owner_id from contact_sync_status s)) as o (id)
     order by 1;
end
$$;


-- contact_sync_take_erasures() on Citus: see contact_sync_cluster_take_entries().
create function contact_sync_cluster_take_erasures(p_running bigint[])
returns bytea[]
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  return array(
    select b.user_digest
      from contact_sync_erasures b
     where not b.is_settled
       and (b.late_owner_ids is not null or b.fence_holders is null or not b.fence_holders operator(pg_catalog.&&) p_running)
     limit 100);
end
$$;


-- contact_sync_owner_groups() on Citus: the owners of each shard, by the shards' order.
create function contact_sync_cluster_owner_groups(p_owner_ids uuid[])
returns setof uuid[]
language plpgsql stable
set search_path from current
as $$
begin
  return query
    select pg_catalog.array_agg(o.id order by o.id)
      from (select distinct pg_catalog.unnest(p_owner_ids) as id) as o
     group by pg_catalog.get_shard_id_for_distribution_column('contact_sync_status'::regclass, o.id)
     order by pg_catalog.get_shard_id_for_distribution_column('contact_sync_status'::regclass, o.id);
end
$$;


-- contact_sync_enter_node_fence() on Citus, for owners of one shard: in the transaction
-- there, which holds the lock until it ends, a prepared one as well. So the owners are
-- locked before: until then what is read there is no part of a transaction, and a lock
-- would be gone with it. The owners' lock has given that transaction its id.
create function contact_sync_cluster_enter_node_fence(p_owner_ids uuid[])
returns void
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  -- a constant, which names the same lock everywhere
  v_fence_id constant integer := contact_sync_fence_id();
begin
  perform pg_advisory_xact_lock_shared(x'6373796e'::integer, v_fence_id)
     from (select count(*)
             from contact_sync_status s
            where s.owner_id = any (p_owner_ids)) as there;
end
$$;


-- contact_sync_owner_lockers() on Citus.
create function contact_sync_cluster_owner_lockers(
  p_owner_ids uuid[],
  out owner_id uuid,
  out locker   bigint)
returns setof record
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_group uuid[];
  v_base  bigint;
begin
  for v_group, v_base in
    select g.owner_ids, n.groupid::bigint * 4294967296
      from contact_sync_owner_groups(p_owner_ids) as g (owner_ids)
      join pg_catalog.pg_dist_placement n
        on n.shardid = pg_catalog.get_shard_id_for_distribution_column('contact_sync_status'::regclass, g.owner_ids[1])
  loop
    return query
      select s.owner_id, case when s.xmax::text <> '0' then v_base + s.xmax::text::bigint else 0::bigint end
        from contact_sync_status s
       where s.owner_id = any (v_group);
  end loop;
end
$$;


-- contact_sync_is_queue_large() on Citus.
create function contact_sync_cluster_is_queue_large()
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return true;
end
$$;


-- How large those of these tables and indexes are that this node has, each with its place
-- in the list: what contact_sync_cluster_measure_relations() asks each node.
create function contact_sync_node_sizes(p_names text[])
returns json
language sql stable
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
  select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(n.place, m.rows_estimate, m.bytes, m.total_bytes)), '[]')
    from pg_catalog.unnest(p_names) with ordinality as n (name, place)
   cross join lateral contact_sync_measure_relation(to_regclass(n.name)::oid) as m
   where m.rows_estimate is not null
$$;


-- contact_sync_measure_relations() on Citus: what stands in shards, by what their nodes
-- know of them. Of a table that each node has a copy of, rows and bytes are those of one
-- copy, and the bytes with the indexes are of all.
create function contact_sync_cluster_measure_relations(
  p_relations oid[],
  out relation      oid,
  out rows_estimate bigint,
  out bytes         bigint,
  out total_bytes   bigint)
returns setof record
language plpgsql stable
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_visibility constant text := current_setting('citus.override_table_visibility');
  v_names    text[];
  v_ids      oid[];
  v_are_copies boolean[];
  v_here     json;
begin
  select pg_catalog.array_agg(n.name), pg_catalog.array_agg(n.id), pg_catalog.array_agg(n.is_copy)
    into v_names, v_ids, v_are_copies
    from (select r.id, pg_catalog.shard_name(r.id::regclass, s.shardid, false) as name, p.partmethod = 'n' as is_copy
            from pg_catalog.unnest(p_relations) as r (id)
            left join pg_catalog.pg_index i on i.indexrelid = r.id
            join pg_catalog.pg_dist_partition p on p.logicalrelid = coalesce(i.indrelid, r.id)::regclass
            join pg_catalog.pg_dist_shard s on s.logicalrelid = p.logicalrelid
           union all
          select r.id, pg_catalog.format('%I.%I', c.relnamespace::regnamespace::name, c.relname), true
            from pg_catalog.unnest(p_relations) as r (id)
            left join pg_catalog.pg_index i on i.indexrelid = r.id
           cross join lateral contact_sync_leaves(r.id::regclass) as l (id)
            join pg_catalog.pg_class c on c.oid = l.id
           where not exists (select
                               from pg_catalog.pg_dist_partition p
                              where p.logicalrelid = coalesce(i.indrelid, r.id)::regclass)) as n;
  -- Citus does not show a node's shards to a client's session.
  perform set_config('citus.override_table_visibility', 'off', true);
  v_here := contact_sync_node_sizes(v_names);
  perform set_config('citus.override_table_visibility', v_visibility, true);
  return query
    with answer as (
      select v_here as sizes
       union all
      select a.answer::json
        from contact_sync_ask_nodes(
               pg_catalog.format('select %I.contact_sync_node_sizes(%L)', current_schema(), v_names), '{}') as a
    ), size as (
      select v_ids[(z.item ->> 0)::integer] as id,
             v_are_copies[(z.item ->> 0)::integer] as is_copy,
             (z.item ->> 1)::float8 as rows_estimate,
             (z.item ->> 2)::bigint as bytes,
             (z.item ->> 3)::bigint as total_bytes
        from answer a
       cross join lateral pg_catalog.json_array_elements(a.sizes) as z (item)
    )
    select r.id,
           coalesce(round(case when bool_and(s.is_copy) then max(s.rows_estimate) else sum(s.rows_estimate) end), 0.0::float8)::bigint,
           coalesce(case when bool_and(s.is_copy) then max(s.bytes)::numeric else sum(s.bytes) end, 0.0)::bigint,
           coalesce(sum(s.total_bytes), 0.0)::bigint
      from pg_catalog.unnest(p_relations) as r (id)
      left join size s on s.id = r.id
     group by r.id;
end
$$;


-- contact_sync_choose_place() on Citus. Work that is done on the owner's node is committed
-- there when it is done, whatever becomes of the statement that has called it. So it is
-- done from here, as a part of the caller's transaction:
--
-- - in a transaction block, which Citus sees to;
-- - for a function that is not ours, which may do more in the same statement;
-- - for an owner whose id is a text that is not written yet: the library writes it in the
--   same statement, and later (contact_sync_name_users()). Nobody is to be without.
--
-- The setting lasts until the function ends that has asked, which has one of its own.
create function contact_sync_cluster_choose_place(p_owner_id uuid)
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  -- without those called contact_sync_…
  c_ours    constant text[] := array[
    'sync_phone_keys', 'sync_phone_keys_delta', 'sync_user_contacts', 'sync_device_contacts', 'sync_device_delta',
    'delete_contacts', 'delete_all_contacts', 'set_contact_favorite', 'record_contact_interaction',
    'forget_sync_device'];
  v_context text;
begin
  get diagnostics v_context = pg_context;
  if exists (select
               from pg_catalog.regexp_matches(v_context, '^[^ \n]+ function ([^ (\n]+)', 'gn') as f (names)
              where f.names[1] !~ '^contact_sync_'
                and f.names[1] <> all (c_ours))
     or exists (select from contact_sync_seal s where s.user_id_kind = 'text')
    and not exists (select from contact_sync_users u where u.user_id = p_owner_id and u.erased_at is null)
  then
    perform set_config('citus.function_opens_transaction_block', 'on', true);
  end if;
end
$$;


-- contact_sync_fence_holders() on Citus: of all nodes. Ids are each node's own, so those of
-- workers have the number of their group before them (times 2^32).
create function contact_sync_cluster_fence_holders()
returns bigint[]
language plpgsql volatile
set search_path from current
as $$
declare
  v_ids constant bigint[] := contact_sync_node_fence_holders(null::text);
begin
  return v_ids operator(pg_catalog.||) array(
    select a.group_id * 4294967296 + t.id
      from contact_sync_ask_nodes_within(
             pg_catalog.format('select %I.contact_sync_node_fence_holders(%L)', current_schema(), contact_sync_origin())) as a
     cross join lateral pg_catalog.unnest(a.answer::bigint[]) as t (id));
end
$$;


-- contact_sync_running_transactions() on Citus: of all nodes. Ids are each node's own, so those of
-- workers have the number of their group before them (times 2^32).
create function contact_sync_cluster_running_transactions()
returns bigint[]
language plpgsql volatile
set search_path from current
as $$
declare
  v_ids constant bigint[] := contact_sync_node_transactions(null::text);
begin
  return v_ids operator(pg_catalog.||) array(
    select a.group_id * 4294967296 + t.id
      from contact_sync_ask_nodes_within(
             pg_catalog.format('select %I.contact_sync_node_transactions(%L)', current_schema(), contact_sync_origin())) as a
     cross join lateral pg_catalog.unnest(a.answer::bigint[]) as t (id));
end
$$;


-- contact_sync_shown_everywhere() on Citus: what each node shows. A change is visible on
-- the coordinator first and on the workers one after another, and where one fails
-- meanwhile, only when Citus has recovered its prepared transaction: until then whoever
-- syncs there reads a directory without it, and the entry is not to be looked at. What this
-- very transaction has written nobody else can see.
create function contact_sync_cluster_shown_everywhere(
  p_link_ids    bigint[],
  p_book_ids    bigint[],
  p_user_digest bytea,
  p_erased_at   timestamptz,
  out link_ids  bigint[],
  out book_ids  bigint[],
  out is_erased boolean)
language plpgsql volatile
set search_path from current
as $$
declare
  v_answer json;
begin
  link_ids := p_link_ids;
  book_ids := p_book_ids;
  is_erased := true;
  for v_answer in
    select a.answer::json
      from contact_sync_ask_nodes_within(
             pg_catalog.format(
               'select %I.contact_sync_node_shows(%L, %L, %L, %L)',
               current_schema(), p_link_ids, p_book_ids, p_user_digest, p_erased_at)) as a
  loop
    link_ids := array(select pg_catalog.unnest(link_ids)
                      intersect
                      select json_array_elements_text(v_answer -> 'link_ids'::text)::bigint
                       order by 1);
    book_ids := array(select pg_catalog.unnest(book_ids)
                      intersect
                      select json_array_elements_text(v_answer -> 'book_ids'::text)::bigint
                       order by 1);
    is_erased := is_erased and (v_answer ->> 'is_erased'::text)::boolean;
  end loop;
end
$$;


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


-- contact_sync_visible_user() on Citus, where it can't become a part of the statements that
-- ask it: whether a user who is mutual has the owner's number stands in the user's book,
-- which lies on another node. That is asked for them alone; nobody else's answer leaves the
-- node. Whoever asks stands in a statement about the owner's shard, which takes a setting
-- that only Citus knows (distribute_contact_sync()).
create function contact_sync_cluster_visible_user(p_owner_id uuid, p_user_id uuid)
returns setof uuid
language plpgsql stable
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_discoverable text;
  v_has_blocks   boolean;
  v_keys         uuid[];
begin
  select c.discoverable, c.has_blocks
    into v_discoverable, v_has_blocks
    from contact_sync_consent c
   where c.user_id = p_user_id;
  if v_has_blocks then
    perform from contact_sync_blocks b where b.user_id = p_user_id and b.blocked_user_id = p_owner_id;
    if found then
      return;
    end if;
  end if;
  v_discoverable := coalesce(v_discoverable, contact_sync_default_discoverable());
  if v_discoverable = 'mutual' and p_user_id is not null then
    v_keys := array(select d.phone_key from phones d where d.linked_user_id = p_owner_id);
    if pg_catalog.cardinality(v_keys) > 0 then
      perform from contacts_with_accounts m where m.owner_id = p_user_id and m.phone_key = any (v_keys);
      if found then
        v_discoverable := 'everybody';
      end if;
    end if;
  end if;
  if v_discoverable = 'everybody' then
    return next p_user_id;
  end if;
end
$$;


-- The tables that lie on more than one node of a Citus cluster, and where: 'everywhere' with
-- all rows, 'by owner' beside contacts_with_accounts, or 'here' on the coordinator, within
-- the reach of all nodes. In the order in which they are spread. What stands not here only
-- the linker and the statistics need.
create function contact_sync_spread_tables(
  out name  text,
  out place text)
returns setof record
language sql immutable
set search_path from current
as $$
  select t.name, t.place
    from (values
      ('phones'::text, 'everywhere'::text),
      ('contact_sync_pending_links', 'everywhere'),
      ('contact_sync_pending_books', 'everywhere'),
      ('contact_sync_seal', 'everywhere'),
      ('contact_sync_settings', 'everywhere'),
      ('contact_sync_population', 'everywhere'),
      ('contact_sync_consent', 'everywhere'),
      ('contact_sync_blocks', 'everywhere'),
      ('contact_sync_erasures', 'everywhere'),
      ('contact_sync_renewed_links', 'everywhere'),
      ('contacts_with_accounts', 'by owner'),
      ('contact_sync_status', 'by owner'),
      ('contact_sync_runs', 'by owner'),
      ('contact_sync_staged_keys', 'by owner'),
      ('contact_sync_streams', 'by owner'),
      ('contact_sync_devices', 'by owner'),
      ('contact_sync_kept_choices', 'by owner'),
      ('contact_sync_sessions', 'by owner'),
      ('contact_sync_session_parts', 'by owner'),
      ('contact_sync_answers', 'by owner'),
      ('contact_sync_outbox', 'here')) as t (name, place)
$$;


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


-- Statements that take from others what they hold on this node's shards of our tables and
-- not on the tables: a shard is made, also where it is moved to, with the default privileges
-- that the schema has there, and is a table that can be read by its name. And behind them
-- those that give back what is held on columns, which PostgreSQL takes away with a right on
-- the whole table. None without Citus.
create function contact_sync_open_shards()
returns setof text
language plpgsql volatile
set search_path from current
set jit = off
as $$
declare
  v_visibility constant text := current_setting('citus.override_table_visibility', true);
begin
  if pg_catalog.to_regclass('pg_catalog.pg_dist_shard') is null then
    return;
  end if;
  -- or else Citus hides them
  perform set_config('citus.override_table_visibility', 'off', true);
  return query
    with shards as (
      select t.oid as table_id, t.relacl as table_acl, c.oid, c.relacl, c.relowner,
             pg_catalog.format('%I.%I', current_schema(), c.relname) as shown
        from pg_catalog.pg_dist_shard s
        join pg_catalog.pg_class t on t.oid = s.logicalrelid::oid
        join pg_catalog.pg_class c
          on c.relnamespace = t.relnamespace
         and c.relname = (t.relname::text || '_' || s.shardid::text)::name
       where t.relnamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace::oid
    ), surplus as (
      select distinct s.oid, s.shown, a.privilege_type, a.grantee
        from shards s
       cross join lateral pg_catalog.aclexplode(s.relacl) as a
       where a.grantee <> s.relowner
         and not exists (select
                           from pg_catalog.aclexplode(s.table_acl) as b
                          where b.grantee = a.grantee
                            and b.privilege_type = a.privilege_type)
    ), lacking as (
      select distinct s.oid, s.shown, a.privilege_type, c.attname, a.grantee
        from shards s
        join pg_catalog.pg_attribute c on c.attrelid = s.table_id and not c.attisdropped
       cross join lateral pg_catalog.aclexplode(c.attacl) as a
       where a.grantee <> s.relowner
         and (   exists (select
                           from surplus u
                          where u.oid = s.oid
                            and u.grantee = a.grantee
                            and u.privilege_type = a.privilege_type)
              or not exists (select
                               from pg_catalog.pg_attribute d
                              cross join lateral pg_catalog.aclexplode(d.attacl) as b
                              where d.attrelid = s.oid
                                and d.attname = c.attname
                                and b.grantee = a.grantee
                                and b.privilege_type = a.privilege_type))
    )
    select pg_catalog.format(w.statement, w.shown, coalesce(pg_catalog.quote_ident(r.rolname::text), 'public'))
      from (select 1 as place, u.shown, u.grantee,
                   pg_catalog.format('revoke %s on %%s from %%s', u.privilege_type) as statement
              from surplus u
             union all
            select 2, l.shown, l.grantee, pg_catalog.format('grant %s (%I) on %%s to %%s', l.privilege_type, l.attname)
              from lacking l) as w
      left join pg_catalog.pg_roles r on r.oid = w.grantee
     order by w.place;
  perform set_config('citus.override_table_visibility', v_visibility, true);
end
$$;


-- Brings this node's own rights to what apply_contact_sync_grants() says, and its shards' to
-- their tables' (contact_sync_open_shards()): each node's own affair, of which Citus is not to
-- tell the others.
create function contact_sync_close_node()
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_statement text;
begin
  perform set_config('citus.enable_ddl_propagation', 'off', true);
  perform apply_contact_sync_grants();
  for v_statement in select s.statement from contact_sync_open_shards() as s (statement) loop
    execute v_statement;
  end loop;
  perform set_config('citus.enable_ddl_propagation', 'on', true);
end
$$;


-- What contact_sync_cluster_faults() has to know of each node, as JSON: what is wrong there
-- with rights, how many rights on its shards are others' (contact_sync_open_shards()), each
-- function of ours and what it does, whether Citus's own upkeep runs for this database, its
-- prepared transactions that are old, and whether it compiles statements of ours.
create function contact_sync_node_state()
returns json
language plpgsql volatile
set search_path from current
set jit = off
as $$
begin
  return pg_catalog.json_build_object(
    'faults', (select coalesce(pg_catalog.json_agg(f), '[]') from contact_sync_access_faults() as f),
    'functions', (select coalesce(pg_catalog.json_object_agg(
                           pg_catalog.format('%I(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)),
                           pg_catalog.md5(pg_catalog.concat_ws(' ', p.prosrc, p.proconfig::text, p.prosecdef::text))), '{}')
                    from pg_catalog.pg_proc p
                    join contact_sync_objects() as o
                      on o.kind = 'function' and o.name = p.proname::text and o.detail = pg_catalog.oidvectortypes(p.proargtypes)
                   where p.pronamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace::oid),
    'open_shards', (select count(*) from contact_sync_open_shards()),
    'has_upkeep', exists (select
                            from pg_catalog.pg_stat_activity a
                           where a.datname = pg_catalog.current_database()
                             and a.application_name = 'Citus Maintenance Daemon'),
    -- as sessions begin: this function has a setting of its own
    'jit', (select s.reset_val = 'on' from pg_catalog.pg_settings s where s.name = 'jit'),
    'max_prepared', pg_catalog.current_setting('max_prepared_transactions')::integer,
    'old_prepared', (select coalesce(pg_catalog.json_agg(x.gid order by x.gid), '[]')
                       from pg_catalog.pg_prepared_xacts x
                      where x.database = pg_catalog.current_database()
                        and x.gid like 'citus\_%'
                        and x.prepared < clock_timestamp() - interval '10 minutes'));
end
$$;


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


-- contact_sync_write_numbers() on Citus, where no other statement can go on with what an
-- insert returns: row by row.
create function contact_sync_cluster_write_numbers(
  p_phone_keys  uuid[],
  p_user_ids    uuid[],
  p_verified_at timestamptz[],
  p_now         timestamptz,
  p_is_silent   boolean,
  p_key_number  smallint)
returns uuid[]
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
declare
  v_keys     uuid[];
  v_users    uuid[];
  v_times    timestamptz[];
  v_key      uuid;
  v_changed  uuid[] := '{}';
begin
  select pg_catalog.array_agg(g.phone_key order by g.phone_key),
         pg_catalog.array_agg(g.user_id order by g.phone_key),
         pg_catalog.array_agg(g.verified_at order by g.phone_key)
    into v_keys, v_users, v_times
    from (select distinct on (g.phone_key) g.phone_key, g.user_id, coalesce(g.verified_at, p_now) as verified_at
            from unnest(p_phone_keys, p_user_ids, p_verified_at) with ordinality
                 as g (phone_key, user_id, verified_at, position)
           order by g.phone_key, coalesce(g.verified_at, p_now) desc, g.position desc) as g;
  for v_key in
    insert into phones as d (phone_key, linked_user_id, verified_at, is_silent, key_number)
    select g.phone_key, g.user_id, g.verified_at, p_is_silent, p_key_number
      from unnest(v_keys, v_users, v_times) as g (phone_key, user_id, verified_at)
     order by g.phone_key
        on conflict (phone_key) do update
       set linked_user_id = excluded.linked_user_id,
           verified_at = excluded.verified_at,
           is_silent = excluded.is_silent
     where d.verified_at < excluded.verified_at
    returning d.phone_key
  loop
    v_changed := v_changed operator(pg_catalog.||) v_key;
  end loop;
  v_changed := array(select pg_catalog.unnest(v_changed) order by 1);
  return case when pg_catalog.cardinality(v_changed) > 0 then v_changed end;
end
$$;


-- contact_sync_numbers_to_relink() on Citus: each shard tells of its own books.
create function contact_sync_cluster_numbers_to_relink(p_phone_keys uuid[])
returns uuid[]
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  return array(
    select distinct c.phone_key
      from contacts_with_accounts c
      join phones d on d.phone_key = c.phone_key
     where c.phone_key = any (p_phone_keys)
       and (   d.linked_user_id is null
            or c.link_given
            or c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)));
end
$$;


-- contact_sync_stale_contacts() on Citus: asked of all shards at once, each of which tells
-- of its own books.
create function contact_sync_cluster_stale_contacts(
  p_phone_keys uuid[],
  p_owner_ids  uuid[],
  p_are_gone   boolean[],
  p_limit      integer,
  out place    integer,
  out owner_id uuid)
returns setof record
language plpgsql volatile
set search_path from current
-- planner profile: by its values
set plan_cache_mode = force_custom_plan
set enable_nestloop = on
set enable_hashjoin = on
set enable_mergejoin = on
set enable_seqscan = on
set enable_bitmapscan = on
set jit = off
as $$
begin
  return query
    select u.place::integer, c.owner_id
      from contacts_with_accounts c
      join unnest(p_phone_keys, p_owner_ids, p_are_gone) with ordinality as u (phone_key, owner_id, is_gone, place)
        on u.phone_key = c.phone_key
       and (u.owner_id is null or u.owner_id = c.owner_id)
      left join phones d on d.phone_key = c.phone_key and not u.is_gone
      left join contact_sync_status h on h.owner_id = c.owner_id and h.held_at is not null
     where c.phone_key = any (p_phone_keys)
       and case
             when d.phone_key is null and c.link_given then
               u.is_gone and u.owner_id is not null or not contact_sync_may_find(c.owner_id, c.linked_user_id)
             when d.phone_key is null then c.linked_user_id is not null
             when d.linked_user_id is null then true
             when c.link_given then true
             else c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)
           end
       -- who is held gains nothing
       and (c.linked_user_id is not null or d.phone_key is not null and d.linked_user_id is null or h.owner_id is null)
     order by u.place, c.owner_id
     limit p_limit;
end
$$;


-- Gives functions of ours an option that holds while they run, of the names that are given;
-- those that have it are left alone.
create function contact_sync_set_option(p_names text[], p_option text, p_value text)
returns void
language plpgsql volatile
set search_path from current
as $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid::regprocedure
      from pg_catalog.pg_proc p
     where p.pronamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace
       and p.proname = any (p_names::name[])
       and not coalesce(p_option || '=' || p_value = any (p.proconfig), false)
     order by p.proname
  loop
    execute pg_catalog.format('alter function %s set %s = %s', v_function, p_option, p_value);
  end loop;
end
$$;


-- Spreads an installed schema over a Citus cluster, empty or filled: on the coordinator, as
-- the tables' owner; `contact-sync migrate --citus` does it. To be repeated after each
-- migration, which may bring tables and definitions that are not spread yet, and once more
-- when it has spread some: then service_role gets the rights that only the nodes can give.
-- Where nothing is to do it changes nothing. All or nothing. Returns how many tables it spread;
-- NULL where it has only made on the nodes what was here before the extension was: Citus can't
-- spread over what was made in the same transaction, so it is to be called again.
--
-- Everything of an owner lies on one node, shard beside shard. The directory, the linker's
-- queues and what holds for the whole installation are on every node, so that a sync finds
-- them where it writes. What only the linker and the statistics need stays here.
create function distribute_contact_sync()
returns integer
language plpgsql volatile
set search_path from current
as $$
declare
  -- functions that read tables and are asked in statements about a shard
  c_nested     constant text[] := array[
    'contact_sync_visible_user', 'contact_sync_link_of', 'contact_sync_may_find', 'contact_sync_asks_consent', 'contact_sync_is_mutual',
    'contact_sync_is_erased_link', 'contact_sync_default_discoverable', 'contact_sync_key_number'];
  -- functions that write tables which are on every node, each row by its key or new, so that
  -- rows' own locks keep the copies alike: they need not lock out each other
  c_by_key     constant text[] := array[
    'link_phones', 'unlink_phones', 'forget_phone', 'lift_forgotten_phone',
    'contact_sync_link_pass', 'contact_sync_erase_user', 'contact_sync_enqueue_unlinked', 'contact_sync_enqueue_unconfirmed',
    'contact_sync_consent_changed', 'contact_sync_mutual_changed', 'contact_sync_recheck_owners',
    'contact_sync_choose_discoverable', 'contact_sync_change_block',
    'contact_sync_twin_numbers', 'contact_sync_drop_old_numbers', 'contact_sync_move_books'];
  -- what calls the work of one owner, and the work, which is done where the owner's rows
  -- lie (contact_sync_choose_place()); not called with NULL in place of the owner, which
  -- would end the coordinator's server (13.2)
  c_doors      constant text[] := array[
    'sync_phone_keys', 'sync_phone_keys_delta', 'contact_sync_stream_chunk', 'contact_sync_finish_stream',
    'contact_sync_begin_session', 'contact_sync_stage_part', 'contact_sync_session_keys',
    'contact_sync_commit_session', 'contact_sync_record_failure', 'delete_contacts', 'delete_all_contacts',
    'set_contact_favorite', 'record_contact_interaction', 'forget_sync_device'];
  c_work       constant text[] := array[
    'contact_sync_sync_keys', 'contact_sync_apply_delta', 'contact_sync_store_chunk', 'contact_sync_end_stream',
    'contact_sync_open_session', 'contact_sync_store_part', 'contact_sync_read_session',
    'contact_sync_store_session', 'contact_sync_store_failure', 'contact_sync_delete_keys',
    'contact_sync_change_choices', 'contact_sync_drop_device'];
  v_schema   constant oid := pg_catalog.quote_ident(current_schema()::text)::regnamespace;
  v_missing  record;
  v_table    record;
  v_function record;
  v_spread   integer := 0;
begin
  perform contact_sync_check_cluster();
  set local client_min_messages = warning; -- Citus tells of each table that has rows

  -- What was made before the database had the extension is on no other node, so it is made
  -- again: a type comes with a function that has it; then functions, the view that stands on
  -- one, and what has that view for a type. What is bound to the tables comes with them.
  for v_missing in
    select pg_catalog.unnest(m.statements) as statement
      from (select t.oid, 'pg_catalog.pg_type'::regclass::oid as class_id, 1 as turn,
                   array[pg_catalog.format('create function contact_sync_carry(%s) returns void language plpgsql as %L', t.oid::regtype, 'begin end'),
                         pg_catalog.format('drop function contact_sync_carry(%s)', t.oid::regtype)] as statements
              from contact_sync_objects() as o
              join pg_catalog.pg_type t on t.typname = o.name::name and t.typnamespace = v_schema
             where o.kind = 'type'
             union all
            select p.oid, 'pg_catalog.pg_proc'::regclass::oid, case when r.relkind = 'v' then 4 else 2 end,
                   array[pg_catalog.pg_get_functiondef(p.oid)]
              from contact_sync_objects() as o
              join pg_catalog.pg_proc p
                on p.proname = o.name::name
               and p.pronamespace = v_schema
               and pg_catalog.oidvectortypes(p.proargtypes) = o.detail
              join pg_catalog.pg_type t on t.oid = p.prorettype
              left join pg_catalog.pg_class r on r.oid = t.typrelid
             where o.kind = 'function'
               and p.prosqlbody is null
             union all
            select c.oid, 'pg_catalog.pg_class'::regclass::oid, 3,
                   array[pg_catalog.format('create or replace view %s with (%s) as %s', c.oid::regclass,
                                           pg_catalog.array_to_string(c.reloptions, ', '), pg_catalog.pg_get_viewdef(c.oid))]
              from contact_sync_objects() as o
              join pg_catalog.pg_class c on c.relname = o.name::name and c.relnamespace = v_schema
             where o.kind = 'view'
               and o.name <> 'contact_sync_confirmed_contacts') as m
     where not exists (select
                         from pg_catalog.pg_dist_object d
                        where d.classid = m.class_id
                          and d.objid = m.oid)
     order by m.turn, m.oid
  loop
    execute v_missing.statement;
    v_spread := null;
  end loop;
  if v_spread is null then
    return null;
  end if;

  -- Types and functions were made on the nodes in parallel; tables need them.
  set local citus.multi_shard_modify_mode = 'sequential';

  -- The view stands on a function that stands on the tables, which Citus takes for a circle.
  if not contact_sync_is_spread('phones') then
    drop view contact_sync_confirmed_contacts;
  end if;

  -- First the functions' cluster versions, of which the rule of who is visible binds the
  -- tables otherwise.
  perform contact_sync_replace_functions();

  -- The nodes have this one from now on, open to everybody as any new function; here it was
  -- closed before.
  if not contact_sync_is_spread('phones') then
    revoke all on function contact_sync_visible_user(uuid, uuid) from public;
    if pg_catalog.to_regrole('service_role') is not null then
      grant execute on function contact_sync_visible_user(uuid, uuid) to service_role;
    end if;
  end if;

  for v_table in select t.name, t.place from contact_sync_spread_tables() as t loop
    continue when contact_sync_is_spread(v_table.name);
    case v_table.place
      when 'everywhere' then
        perform pg_catalog.create_reference_table(v_table.name::regclass);
      when 'by owner' then
        perform pg_catalog.create_distributed_table(
          v_table.name::regclass, 'owner_id',
          colocate_with := case v_table.name when 'contacts_with_accounts' then 'none' else 'contacts_with_accounts' end);
      else
        perform pg_catalog.citus_add_local_table_to_metadata(v_table.name::regclass);
    end case;
    -- Its rows were copied; the originals would stay, seen by nobody.
    if v_table.place <> 'here' then
      perform pg_catalog.truncate_local_data_after_distributing_table(v_table.name::regclass);
    end if;
    v_spread := v_spread + 1;
  end loop;

  if coalesce(pg_catalog.pg_get_viewdef(pg_catalog.to_regclass('contact_sync_confirmed_contacts')) like '%contact_sync_visible_user%', true) then
    -- The same as ever, with its questions put into functions: a statement about all shards
    -- takes neither a function for a table nor what depends on a row for a part of itself.
    create or replace view contact_sync_confirmed_contacts
    with (security_invoker = true)
    as
      select c.owner_id,
             c.phone_key,
             case
               when c.linked_user_id is null then null
               when not contact_sync_may_find(c.owner_id, c.linked_user_id) then null
               when d.phone_key is null then
                 case
                   when c.link_given and not contact_sync_is_erased_link(c.linked_user_id, c.owner_id, c.phone_key)
                   then c.linked_user_id
                 end
               when d.linked_user_id = c.linked_user_id then c.linked_user_id
             end as linked_user_id,
             c.is_favorite,
             c.last_interaction,
             c.created_at,
             coalesce(c.updated_at, c.created_at) as updated_at,
             c.linked_user_id is not null as has_stored_link,
             c.link_number
        from contacts_with_accounts c
        left join phones d on d.phone_key = c.phone_key
       where d.phone_key is null
          or d.linked_user_id is not null;
  end if;

  -- A generic plan can't tell which shard its parameters name.
  perform contact_sync_set_option(
    array(select p.proname::text
            from pg_catalog.pg_proc p
           where p.pronamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace
             and 'plan_cache_mode=force_generic_plan' = any (p.proconfig)),
    'plan_cache_mode', 'force_custom_plan');
  perform contact_sync_set_option(c_nested, 'citus.allow_nested_distributed_execution', 'on');
  perform contact_sync_set_option(c_by_key, 'citus.all_modifications_commutative', 'on');
  -- They also ask all shards at once. Over several connections to a node that would leave some
  -- with what this one has written and others with what that one has locked, and no statement
  -- could read both ("placements that were modified over multiple connections").
  perform contact_sync_set_option(c_by_key, 'citus.max_adaptive_executor_pool_size', '1');
  perform contact_sync_set_option(c_doors, 'citus.function_opens_transaction_block', 'off');
  perform contact_sync_set_option(c_work, 'citus.function_opens_transaction_block', 'on');
  for v_function in
    select p.oid::regprocedure as own
      from pg_catalog.pg_proc p
     where p.pronamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace
       and p.proname = any (c_work::name[])
       and not exists (select
                         from pg_catalog.pg_dist_object o
                        where o.classid = 'pg_catalog.pg_proc'::regclass
                          and o.objid = p.oid
                          and o.distribution_argument_index is not null)
     order by p.proname
  loop
    perform pg_catalog.create_distributed_function(v_function.own, '$1', colocate_with := 'contacts_with_accounts');
  end loop;

  perform apply_contact_sync_grants();
  -- What Citus made on the nodes took the default privileges of the schema there, and a
  -- sequence of an identity is each node's own. So each sets its rights itself, and not in
  -- this transaction: when the tables were spread by an earlier one.
  perform contact_sync_close_node();
  if v_spread = 0 then
    perform contact_sync_ask_nodes(pg_catalog.format('select %I.contact_sync_close_node()', current_schema()), '{}');
  end if;
  return v_spread;
end
$$;


insert into contact_sync_migrations (name, run_on) values ('026_spread_over_nodes', pg_catalog.now());
select apply_contact_sync_grants();

-- PostgREST, as on Supabase, learns of it; elsewhere nobody listens.
do $reload$
begin
  if pg_catalog.to_regrole('authenticator') is not null then
    notify pgrst, 'reload schema';
  end if;
end
$reload$;
