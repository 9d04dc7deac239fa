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
