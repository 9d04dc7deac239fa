-- Statements that take from others what they hold on this node's shards of our tables and
-- not on the tables: a shard is made, also where it is moved to, with the default privileges
-- that the schema has there, and is a table that can be read by its name. None without Citus.
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
    select distinct pg_catalog.format(
             'revoke %s on %I.%I from %s', a.privilege_type, current_schema(), c.relname,
             case when a.grantee = '0'::oid then 'public' else pg_catalog.quote_ident(r.rolname::text) end)
      from pg_catalog.pg_dist_shard s
      join pg_catalog.pg_class t on t.oid = s.logicalrelid::oid
      join pg_catalog.pg_class c
        on c.relnamespace = t.relnamespace
       and c.relname = (t.relname::text || '_' || s.shardid::text)::name
     cross join lateral pg_catalog.aclexplode(c.relacl) as a
      left join pg_catalog.pg_roles r on r.oid = a.grantee
     where t.relnamespace = pg_catalog.quote_ident(current_schema()::text)::regnamespace::oid
       and a.grantee <> c.relowner
       and not exists (select
                         from pg_catalog.aclexplode(t.relacl) as b
                        where b.grantee = a.grantee
                          and b.privilege_type = a.privilege_type);
  perform set_config('citus.override_table_visibility', v_visibility, true);
end
$$;
