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
