-- What is wrong with this installation, a fault a row: rights
-- (contact_sync_access_faults() has the rule), indexes that are missing, broken
-- or bloated, sequences left behind, a queue that nobody drains, messages for the
-- webhook that don't arrive, links that are not what the directory says (of a
-- sample of it), numbers of which nobody recorded whether they are sealed,
-- settings of the server worth knowing of, and on a Citus cluster its nodes.
--
-- severity: 'unsafe' lets somebody in, and the service will not start; 'warning'
-- fails somebody, or will; 'note' is worth knowing. cure is a statement where
-- is_fixable: `contact-sync doctor --fix` runs those. Changes nothing itself.
-- For service_role.
create function check_contact_sync()
returns table (
  code       text,
  severity   text,
  object     text,
  problem    text,
  cure       text,
  is_fixable boolean)
language plpgsql stable
set search_path from current
set jit = off
as $$
declare
  v_schema    constant text := current_schema()::text;
  v_waiting   bigint;
  v_lag       numeric;
  v_from      constant uuid := pg_catalog.gen_random_uuid();
  v_counted   record;
  v_keys      uuid[];
  v_is_sealed boolean;
  v_fault     record;
  v_is_whole  boolean := true;
  v_given     bigint;
  v_taken     bigint;
  v_aside     bigint;
begin
  return query
    select f.code, f.severity, f.object, f.problem, f.cure, f.is_fixable from contact_sync_access_faults() as f;

  if exists (select from pg_catalog.pg_extension e where e.extname = 'citus') then
    if contact_sync_is_spread('phones') then
      for v_fault in select f.code, f.severity, f.object, f.problem, f.cure, f.is_fixable from contact_sync_cluster_faults() as f loop
        code := v_fault.code;
        severity := v_fault.severity;
        object := v_fault.object;
        problem := v_fault.problem;
        cure := v_fault.cure;
        is_fixable := v_fault.is_fixable;
        return next;
        v_is_whole := v_is_whole and v_fault.code <> 'CLUSTER_NODE';
      end loop;
      -- What follows asks all nodes.
      if not v_is_whole then
        return;
      end if;
    else
      return query
        select 'CLUSTER_NOT_SPREAD', 'note', 'schema ' || pg_catalog.quote_ident(v_schema),
               'the database has the extension citus, and all of contact-sync lies on this node'::text,
               'Where it is to be spread over the cluster: run `contact-sync migrate --citus`.'::text, false;
    end if;
  end if;

  -- An entry of a b-tree takes 8 bytes, its columns, and 4 in the page's
  -- directory. Pages filled at random are two thirds full, so an index three
  -- times as large as full pages of its entries is mostly holes. Equal keys share
  -- an entry, which only makes it smaller. How many entries there are is what
  -- the last vacuum counted: of a table that none has seen, as after a restore, nobody knows.
  return query
    with wanted as (
      select o.name, o.detail,
             pg_catalog.substring(o.detail, '^(?:alter table|create (?:unique )?index \w+ on) (\w+)') as table_name
        from contact_sync_objects() as o
       where o.kind = 'index'
    ), indexes as (
      select w.name, w.detail, w.table_name, t.relkind as table_kind, i.indexrelid, i.indisvalid,
             pg_catalog.format('%I.%I', v_schema, w.name) as shown,
             case when c.relkind = 'i' then pg_catalog.pg_relation_size(i.indexrelid::regclass) end::float8 as size,
             case when c.reltuples >= 0::float4 and t.reltuples >= 0::float4 then c.reltuples end::float8
               * (12::float8 + (select pg_catalog.sum(case when a.attlen > 0::int2 then (a.attlen::integer + 7) / 8 * 8 else 32 end)
                                  from pg_catalog.pg_attribute a
                                 where a.attrelid = i.indexrelid)::float8) as entries_size
        from wanted w
        join pg_catalog.pg_namespace n on n.nspname::text = v_schema
        join pg_catalog.pg_class t on t.relnamespace = n.oid and t.relname::text = w.table_name
        left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname::text = w.name and c.relkind in ('i', 'I')
        left join pg_catalog.pg_index i on i.indexrelid = c.oid
    )
    select 'INDEX_MISSING', 'warning', x.shown, 'this index of ours is missing'::text,
           case
             when x.table_kind = 'p' or x.detail like 'alter table %'
             then pg_catalog.replace(x.detail, ' ' || x.table_name || ' ', pg_catalog.format(' %I.%I ', v_schema, x.table_name)) || ';'
             else pg_catalog.regexp_replace(
                    pg_catalog.replace(x.detail, ' on ' || x.table_name || ' ', pg_catalog.format(' on %I.%I ', v_schema, x.table_name)),
                    '^create (unique )?index', 'create \1index concurrently') || ';'
           end,
           x.table_kind <> 'p' and x.detail not like 'alter table %'
      from indexes x
     where x.indexrelid is null
    union all
    select 'INDEX_INVALID', 'warning', x.shown, 'the index is not usable: building it did not come to its end',
           pg_catalog.format('reindex index concurrently %s;', x.shown), true
      from indexes x
     where not x.indisvalid
    union all
    select 'INDEX_BLOATED', 'warning', x.shown,
           pg_catalog.format('the index has %s, its entries would fill %s',
                             pg_catalog.pg_size_pretty(x.size::bigint), pg_catalog.pg_size_pretty(x.entries_size::bigint)),
           pg_catalog.format('reindex index concurrently %s;', x.shown), true
      from indexes x
     where x.size > 8388608::float8 -- 8 MB
       and x.size > 3::float8 * x.entries_size
     order by 1, 3;

  -- Logical replication brings rows and leaves sequences where they were. Of runs
  -- the latest are looked at: all of them would be too many. On Citus each worker has
  -- numbers of its own, from 2^48 up.
  for v_counted in
    select c.sequence_name, c.question
      from (values
        ('contact_sync_pending_links_entry_id_seq', 'select max(q.entry_id) from %I.contact_sync_pending_links q where q.entry_id < 281474976710656'),
        ('contact_sync_pending_books_entry_id_seq', 'select max(b.entry_id) from %I.contact_sync_pending_books b where b.entry_id < 281474976710656'),
        ('contact_sync_finished_links_finished_id_seq', 'select max(f.finished_id) from %I.contact_sync_finished_links f'),
        ('contact_sync_runs_run_id_seq',
         'select max(l.run_id) from (select r.run_id from %I.contact_sync_runs r order by r.started_at desc limit 1000) l where l.run_id < 281474976710656'),
        ('contact_sync_migrations_id_seq', 'select max(m.id)::bigint from %I.contact_sync_migrations m')) as c (sequence_name, question)
     where pg_catalog.to_regclass(pg_catalog.format('%I.%I', v_schema, c.sequence_name)) is not null
       -- service_role may not look at all of them; the owner may
       and pg_catalog.has_sequence_privilege(pg_catalog.format('%I.%I', v_schema, c.sequence_name), 'usage, select')
  loop
    execute pg_catalog.format(v_counted.question, v_schema) into v_taken;
    v_given := coalesce(pg_catalog.pg_sequence_last_value(
                          pg_catalog.to_regclass(pg_catalog.format('%I.%I', v_schema, v_counted.sequence_name))), 0);
    if v_taken > v_given then
      return query
        select 'SEQUENCE_BEHIND', 'warning', pg_catalog.format('%I.%I', v_schema, v_counted.sequence_name),
               'it would give numbers again that are taken, as after logical replication'::text,
               pg_catalog.format('select pg_catalog.setval(%L, %s);',
                                 pg_catalog.format('%I.%I', v_schema, v_counted.sequence_name), v_taken + 1000), true;
    end if;
  end loop;

  select q.waiting, q.lag_seconds into v_waiting, v_lag from contact_sync_queue_state() as q;
  if v_lag > 600::numeric then
    return query
      select 'QUEUE_WAITING', 'warning', pg_catalog.format('%I.contact_sync_pending_links', v_schema),
             pg_catalog.format('changes of the directory wait for the linker: %s, the oldest for %s minutes; nobody runs it, or a transaction was left open',
                               v_waiting, pg_catalog.trunc(v_lag / 60::numeric)),
             'Run the service, or `contact-sync link-pending`, or link_pending_phones() by pg_cron.'::text, false;
  end if;

  select o.waiting, o.oldest_seconds, o.set_aside into v_waiting, v_lag, v_aside from contact_sync_outbox_state() as o;
  if v_lag > 600::numeric then
    return query
      select 'WEBHOOKS_WAITING', 'warning', pg_catalog.format('%I.contact_sync_outbox', v_schema),
             pg_catalog.format('messages wait for the webhook: %s, the oldest for %s minutes; nobody delivers them, or the receiver fails',
                               v_waiting, pg_catalog.trunc(v_lag / 60::numeric)),
             pg_catalog.format('Run the service with CONTACT_SYNC_WEBHOOK_URL and look into its log; or, without a webhook: select %I.set_webhooks(false);', v_schema), false;
  end if;
  if v_aside > 0 then
    return query
      select 'WEBHOOKS_SET_ASIDE', 'warning', pg_catalog.format('%I.contact_sync_outbox', v_schema),
             pg_catalog.format('messages for the webhook were given up: %s', v_aside),
             'See `contact-sync webhooks list`; when the receiver works again, `contact-sync webhooks replay`.'::text, false;
  end if;

  -- A link that is not what the directory says has its number or its book in a queue, unless
  -- somebody wrote into phones by hand. Some numbers and some linked contacts are
  -- looked at, others each time; relink_phones() looks at all. What is found is looked
  -- at again: on Citus, statements of one check don't see the same moment, and the linker
  -- may have been at it.
  v_keys := array(
    select c.phone_key
      from ((select o.phone_key, o.link_given
               from contacts_with_accounts o
              where o.linked_user_id is not null and o.owner_id >= v_from
              order by o.owner_id, o.phone_key
              limit 500)
            union all
            (select o.phone_key, o.link_given
               from contacts_with_accounts o
              where o.linked_user_id is not null
              order by o.owner_id, o.phone_key
              limit 500)) as c
     where not c.link_given);
  v_keys := array(select pg_catalog.unnest(v_keys)
                  except
                  select p.phone_key from phones p where p.phone_key = any (v_keys));
  v_keys := v_keys operator(pg_catalog.||) array(
    (select p.phone_key from phones p where p.phone_key >= v_from order by p.phone_key limit 500)
    union
    (select p.phone_key from phones p order by p.phone_key limit 500));
  for v_look in 1 .. 2 loop
    v_keys := array(
      select distinct c.phone_key
        from contacts_with_accounts c
        left join phones d on d.phone_key = c.phone_key
       where c.phone_key = any (v_keys)
         -- the linker is to look at the whole book
         and not exists (select 1 from contact_sync_pending_books b where b.person_id = c.owner_id and not b.are_given)
         and case
               when d.phone_key is null then c.linked_user_id is not null and not c.link_given
               else d.linked_user_id is null -- forgotten, so in nobody's book
                    or c.link_given
                    or case -- the second is the rule, which takes longer
                         when c.linked_user_id is not distinct from nullif(d.linked_user_id, c.owner_id)
                              and not contact_sync_asks_consent(d.linked_user_id)
                         then false
                         else c.linked_user_id is distinct from contact_sync_link_of(c.owner_id, d.linked_user_id, c.linked_user_id)
                       end
             end);
    exit when pg_catalog.cardinality(v_keys) = 0;
    v_keys := array(select pg_catalog.unnest(v_keys)
                    except
                    select q.phone_key from contact_sync_pending_links q where q.phone_key = any (v_keys));
    exit when pg_catalog.cardinality(v_keys) = 0;
  end loop;
  if pg_catalog.cardinality(v_keys) > 0 then
    return query
      select 'LINKS_STALE', 'warning', pg_catalog.format('%I.phones', v_schema),
             pg_catalog.format('of a sample, contacts with %s numbers are not linked as it says, or were forgotten, and no linker knows: rows were written by hand, or restored',
                               pg_catalog.cardinality(v_keys)),
             pg_catalog.format('select %I.relink_phones();', v_schema), true;
  end if;

  v_is_sealed := (select s.is_sealed from contact_sync_seal s);
  if not v_is_sealed then
    return query
      select 'UNSEALED', 'note', 'schema ' || pg_catalog.quote_ident(v_schema),
             'recorded as unsealed: whoever gets a dump has every number'::text,
             'There is no way back in place: docs/security.md.'::text, false;
  elsif v_is_sealed is null
        and (   exists (select 1 from phones limit 1)
             or exists (select 1 from contacts_with_accounts limit 1)) then
    return query
      select 'SEAL_NOT_RECORDED', 'warning', 'schema ' || pg_catalog.quote_ident(v_schema),
             'it holds numbers that came from SQL, unsealed, and nobody recorded that; a key will be refused'::text,
             pg_catalog.format('Record it: select %I.use_unsealed(); or start with an empty schema for a sealed one.', v_schema), false;
  end if;

  return query
    select s.code, 'note', 'database ' || pg_catalog.quote_ident(pg_catalog.current_database()::text), s.problem, s.cure, false
      from (values
        ('IDLE_TRANSACTIONS',
         pg_catalog.current_setting('idle_in_transaction_session_timeout') = '0',
         'a transaction that an app leaves open is never ended, and its owner''s links and vacuum wait for it',
         pg_catalog.format('alter database %I set idle_in_transaction_session_timeout = ''5min'';', pg_catalog.current_database())),
        ('JIT',
         pg_catalog.pg_jit_available() and pg_catalog.current_setting('jit') = 'on',
         'jit is on: our functions turn it off for themselves; for short statements of your own it costs more than it gives',
         pg_catalog.format('alter database %I set jit = off;', pg_catalog.current_database())),
        ('TIME_ZONE',
         pg_catalog.current_setting('TimeZone') not in ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'UCT', 'Etc/UCT', 'Zulu', 'Etc/Zulu', 'Universal', 'Etc/Universal'),
         pg_catalog.format('the time zone is %s: the days of the statistics are UTC days all the same, and times in your own SQL need their offset', pg_catalog.current_setting('TimeZone')),
         'Nothing has to be done.')) as s (code, is_so, problem, cure)
     where s.is_so;
end
$$;
