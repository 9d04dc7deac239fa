import type pg from "pg";

// Everything of a schema that a statement can meet, but for columns that were dropped and for how
// the others came to their order.
const CATALOG = `
  with schemas as (
    select n.oid, n.nspname, n.nspacl
      from pg_namespace n
     where case when $1::text is null
             then n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
             else n.nspname = $1
           end
  ), relations as (
    select c.*, format('%I', c.relname) as name
      from pg_class c
      join schemas s on s.oid = c.relnamespace
  )
  select 'schema' as kind, s.nspname::text as name, s.nspacl::text as definition from schemas s
  union all
  select 'relation ' || r.relkind::text, r.name,
         concat_ws(' ', r.relrowsecurity, r.relforcerowsecurity, r.reloptions::text,
                   (select array_agg(a::text order by a::text) from unnest(r.relacl) as a)::text)
    from relations r
  union all
  select 'column', r.name || '.' || a.attname,
         concat_ws(' ', row_number() over (partition by a.attrelid order by a.attnum), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                   a.attstorage, pg_get_expr(d.adbin, d.adrelid), a.attacl::text)
    from relations r
    join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  union all
  select 'constraint', r.name || '.' || c.conname, pg_get_constraintdef(c.oid)
    from relations r
    join pg_constraint c on c.conrelid = r.oid
     and c.contype <> 'n' -- attnotnull says it; from PostgreSQL 18 on they keep a renamed table's old name
  union all
  select 'index', r.name, pg_get_indexdef(r.oid) from relations r where r.relkind = 'i'
  union all
  select 'view', r.name, pg_get_viewdef(r.oid) from relations r where r.relkind = 'v'
  union all
  select 'trigger', r.name || '.' || t.tgname, pg_get_triggerdef(t.oid)
    from relations r
    join pg_trigger t on t.tgrelid = r.oid
  union all
  select 'policy', r.name || '.' || p.polname,
         concat_ws(' ', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, r.oid),
                   pg_get_expr(p.polwithcheck, r.oid),
                   (select array_agg(o.rolname::text order by 1) from pg_roles o where o.oid = any (p.polroles))::text)
    from relations r
    join pg_policy p on p.polrelid = r.oid
  union all
  select 'function', p.oid::regprocedure::text,
         concat_ws(' ', pg_get_functiondef(p.oid), p.proowner::regrole,
                   (select array_agg(a::text order by a::text) from unnest(p.proacl) as a)::text)
    from pg_proc p
    join schemas s on s.oid = p.pronamespace
   where p.prokind = 'f'
  union all
  select 'type ' || t.typtype::text, t.typname, concat_ws(' ', t.typowner::regrole, t.typacl::text)
    from pg_type t
    join schemas s on s.oid = t.typnamespace
   order by 1, 2, 3`;

/**
 * All objects of a schema, or (null) of all schemas, with their definitions, rights and
 * configuration, in an order that does not depend on how they came about.
 */
export async function readCatalog(pool: pg.Pool, schema: string | null = null): Promise<string[]> {
  const { rows } = await pool.query<{ kind: string; name: string; definition: string | null }>(
    CATALOG,
    [schema],
  );
  return rows.map(({ kind, name, definition }) => `${kind} ${name}: ${definition}`);
}
