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
