-- Who may do what, compared with the rule: a row for each object where rights,
-- row-level security, policies, owner, or what a function runs with, are not as
-- they should be, and for a schema or a role that lets others in.
--
-- The rule: service_role may read and write all, and call all, but not what
-- would make it the owner (a trigger, a reference). authenticated may call the
-- functions that check for whom they are called, and read its own contacts but
-- for the link, which only the functions confirm. Nobody else has anything,
-- whatever default privileges a database has (Supabase's grant everything in
-- public to anon and authenticated) and whatever a dump left behind. The owner
-- is not bound by row-level security: the functions for users run as the owner.
--
-- severity: 'unsafe' lets somebody in, 'warning' will fail somebody, 'note' is
-- worth knowing. cure: a statement where is_fixable, or else words.
--
-- Reads the catalog alone. Built-in functions by their full names and operators
-- with exact types: it may be asked of a schema where others planted theirs.
create function contact_sync_access_faults()
returns table (
  code       text,
  severity   text,
  object     text,
  problem    text,
  cure       text,
  is_fixable boolean)
language sql stable
set search_path from current
set jit = off -- what it costs is guessed far too high
as $$
  with schema_here as (
    select n.oid as schema_id, n.nspname::text as schema_name, n.nspowner, n.nspacl,
           coalesce((select c.relowner from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = 'contacts_with_accounts'),
                    (select c.relowner from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = 'phones'),
                    (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)) as owner_id,
           pg_catalog.to_regrole('service_role')::oid as service_id,
           pg_catalog.to_regrole('authenticated')::oid as users_id
      from pg_catalog.pg_namespace n
     where n.nspname = pg_catalog.current_schema()
  ), here as (
    select s.*, pg_catalog.format('%I', r.rolname) as owner_name
      from schema_here s
      join pg_catalog.pg_roles r on r.oid = s.owner_id
  ), roles as materialized (
    -- 0: PUBLIC
    select '0'::oid as role_id, 'PUBLIC'::text as role_name, false as is_owner, false as is_trusted
    union all
    select r.oid, pg_catalog.format('%I', r.rolname),
           pg_catalog.pg_has_role(r.oid, h.owner_id, 'usage'),
           pg_catalog.pg_has_role(r.oid, h.owner_id, 'usage')
             or coalesce(pg_catalog.pg_has_role(r.oid, h.service_id, 'usage'), false)
      from pg_catalog.pg_roles r
     cross join here h
  ), objects as (
    select o.kind, o.name, o.detail, o.is_definer, o.is_for_users from contact_sync_objects() as o
  ), named_relations as (
    select c.oid, o.kind, o.name, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
           pg_catalog.format('%I.%I', h.schema_name, c.relname) as shown
      from here h
      join pg_catalog.pg_class c on c.relnamespace = h.schema_id
      join objects o on o.name = c.relname::text
     where o.kind = 'table' and c.relkind in ('r', 'p')
        or o.kind = 'view' and c.relkind = 'v'
        or o.kind = 'sequence' and c.relkind = 'S'
  ), relations as (
    select r.* from named_relations r
    union all -- reached through their table alone
    select c.oid, 'partition', c.relname::text, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
           pg_catalog.format('%I.%I', n.nspname, c.relname)
      from named_relations r
     cross join lateral pg_catalog.pg_partition_tree(r.oid::regclass) as t
      join pg_catalog.pg_class c on c.oid = t.relid::oid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where r.relkind = 'p'
       and t.level > 0
  ), functions as (
    select p.oid, p.proname::text as name, p.proowner, p.proacl, p.prosecdef, p.proconfig, p.prosqlbody is not null as is_bound,
           o.is_definer, o.is_for_users, o.name is not null as is_ours
      from here h
      join pg_catalog.pg_proc p on p.pronamespace = h.schema_id
      left join objects o on o.kind = 'function' and o.name = p.proname::text and o.detail = pg_catalog.oidvectortypes(p.proargtypes)
     where p.proname::text in (select n.name from objects n where n.kind = 'function')
  ), grantables as (
    select case r.kind when 'sequence' then 'sequence' else 'table' end as class,
           r.oid, r.shown, r.relowner as owner_id, r.relacl as acl
      from relations r
    union all
    select 'function', f.oid, null, f.proowner, coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))
      from functions f
     where f.is_ours
  ), wanted as (
    select case r.kind when 'sequence' then 'sequence' else 'table' end as class,
           r.oid, null::text as column_name, h.service_id as role_id, p.privilege
      from here h
     cross join relations r
     cross join lateral pg_catalog.unnest(
             case
               when r.name = 'contact_sync_migrations' then '{SELECT}'::text[]
               when r.kind = 'table' then '{SELECT,INSERT,UPDATE,DELETE}'::text[]
               when r.kind = 'view' then '{SELECT}'::text[]
               -- on Citus, an insert asks for it also where the column is an identity
               when r.kind = 'sequence' and r.name not in ('contact_sync_migrations_id_seq', 'contact_sync_finished_links_finished_id_seq')
               then '{USAGE}'::text[]
             end) as p (privilege)
     where h.service_id <> r.relowner
    union all
    select 'table', r.oid, c.column_name, h.users_id, 'SELECT'
      from here h
     cross join relations r
     cross join lateral pg_catalog.unnest('{owner_id,phone_key,is_favorite,last_interaction,created_at,updated_at}'::text[]) as c (column_name)
     where r.name = 'contacts_with_accounts'
       and r.kind = 'table'
       and h.users_id <> r.relowner
    union all
    select 'function', f.oid, null, x.role_id, 'EXECUTE'
      from here h
     cross join functions f
     cross join lateral (values (h.service_id, true), (h.users_id, f.is_for_users)) as x (role_id, is_allowed)
     where f.is_ours
       and x.is_allowed
       and x.role_id <> f.proowner
  ), held as (
    select g.class, g.oid, null::text as column_name, a.grantee as role_id, a.privilege_type as privilege,
           a.is_grantable, a.grantor = g.owner_id as is_by_owner
      from grantables g
     cross join lateral pg_catalog.aclexplode(g.acl) as a
     where a.grantee <> g.owner_id
    union all
    select g.class, g.oid, c.attname::text, a.grantee, a.privilege_type, a.is_grantable, a.grantor = g.owner_id
      from grantables g
      join pg_catalog.pg_attribute c on c.attrelid = g.oid and g.class = 'table'
     cross join lateral pg_catalog.aclexplode(c.attacl) as a
     where not c.attisdropped
       and a.grantee <> g.owner_id
  ), grants as (
    select d.class, d.oid, d.role_id,
           pg_catalog.string_agg(distinct d.privilege, ', ') filter (where d.is_extra) as extra,
           pg_catalog.string_agg(distinct d.privilege, ', ') filter (where not d.is_extra) as lacking
      from (select e.class, e.oid, e.role_id, true as is_extra,
                   pg_catalog.concat(e.privilege, case when e.is_grantable then ' with grant option' end) as privilege
              from held e
             where e.is_grantable
                or not exists (select
                                 from wanted w
                                where w.class = e.class
                                  and w.oid = e.oid
                                  and w.role_id = e.role_id
                                  and w.privilege = e.privilege
                                  and w.column_name is not distinct from e.column_name)
             union all
            select w.class, w.oid, w.role_id, false, w.privilege
              from wanted w
             where not exists (select
                                 from held e
                                where e.class = w.class
                                  and e.oid = w.oid
                                  and e.role_id = w.role_id
                                  and e.privilege = w.privilege
                                  and e.column_name is not distinct from w.column_name
                                  and e.is_by_owner)) as d
     group by d.class, d.oid, d.role_id
  ), due as (
    -- what to grant to a role whose rights on an object were revoked, or are not all there
    select w.class, w.oid, w.role_id,
           coalesce(pg_catalog.string_agg(w.privilege, ', ') filter (where w.column_name is null),
                    'SELECT (' || pg_catalog.string_agg(w.column_name, ', ') || ')') as privileges
      from wanted w
     group by w.class, w.oid, w.role_id
  ), wanted_policies as (
    select r.oid, r.shown, 'contact_sync_service' as name, '*'::"char" as command, h.service_id as role_id,
           'true' as using_expression, 'true' as check_expression,
           pg_catalog.format('create policy contact_sync_service on %s to service_role using (true) with check (true);', r.shown) as statement
      from here h
     cross join relations r
     where r.kind = 'table'
       and h.service_id is not null
    union all
    select r.oid, r.shown, 'contact_sync_own', 'r', h.users_id,
           '(owner_id = contact_sync_subject())', null,
           pg_catalog.format('create policy contact_sync_own on %s for select to authenticated using (owner_id = %I.contact_sync_subject());',
                             r.shown, h.schema_name)
      from here h
     cross join relations r
     where r.name = 'contacts_with_accounts'
       and r.kind = 'table'
       and h.users_id is not null
       and exists (select from functions f where f.name = 'contact_sync_subject' and f.is_ours)
  ), policies as (
    select p.polrelid, p.polname::text as name, p.polpermissive,
           p.polcmd = w.command
             and p.polpermissive
             and p.polroles operator(pg_catalog.=) array[w.role_id]
             and pg_catalog.pg_get_expr(p.polqual, p.polrelid) is not distinct from w.using_expression
             and pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) is not distinct from w.check_expression as is_right
      from pg_catalog.pg_policy p
      join relations r on r.oid = p.polrelid
      left join wanted_policies w on w.oid = p.polrelid and w.name = p.polname::text
  ), neighbours as (
    -- whether the schema holds something that is not ours
    select h.schema_name = 'public'
             or exists (select
                          from pg_catalog.pg_class c
                         where c.relnamespace = h.schema_id
                           and c.relkind in ('r', 'p', 'v', 'm', 'f')
                           and not exists (select from relations r where r.oid = c.oid))
             or exists (select
                          from pg_catalog.pg_proc p
                         where p.pronamespace = h.schema_id
                           and not exists (select from functions f where f.oid = p.oid)) as is_shared
      from here h
  ), owned as (
    select case r.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as class, r.shown, r.relowner as owner_id
      from relations r
     -- a column's sequence goes with its table
     where r.relkind <> 'S'
    union all
    select 'function', contact_sync_signature(f.oid), f.proowner
      from here h
     cross join functions f
     where f.is_ours
       and f.proowner <> h.owner_id
    union all
    select 'type', pg_catalog.format('%I.%I', h.schema_name, t.typname), t.typowner
      from here h
      join pg_catalog.pg_type t on t.typnamespace = h.schema_id
      join objects o on o.kind = 'type' and o.name = t.typname::text
  ), faults (code, severity, object, problem, cure, is_fixable) as (
    select case when pg_catalog.bool_or(g.extra is not null) then 'GRANTED_TO_OTHERS' else 'GRANT_MISSING' end,
           case when pg_catalog.bool_or(g.extra is not null and not r.is_trusted) then 'unsafe' else 'warning' end,
           o.shown,
           pg_catalog.concat_ws('; ',
             pg_catalog.string_agg(r.role_name || ' may ' || g.extra, ', ' order by r.role_name) filter (where g.extra is not null) || ', and must not',
             pg_catalog.string_agg(r.role_name || ' lacks ' || g.lacking, ', ' order by r.role_name) filter (where g.lacking is not null)),
           pg_catalog.concat_ws(' ',
             pg_catalog.format('revoke all on %s %s from ', g.class, o.shown)
               || pg_catalog.string_agg(r.role_name, ', ' order by r.role_name) filter (where g.extra is not null) || ' cascade;',
             pg_catalog.string_agg(pg_catalog.format('grant %s on %s %s to %s;', pg_catalog.lower(d.privileges), g.class, o.shown, r.role_name),
                                   ' ' order by r.role_name) filter (where d.privileges is not null)),
           true
      from grants g
      join grantables n on n.class = g.class and n.oid = g.oid
     cross join lateral (select coalesce(n.shown, contact_sync_signature(n.oid)) as shown offset 0) as o
      join roles r on r.role_id = g.role_id
      left join due d on d.class = g.class and d.oid = g.oid and d.role_id = g.role_id
     group by g.class, o.shown

    union all
    select 'ROW_SECURITY_OFF', 'unsafe', r.shown,
           'row-level security is off',
           pg_catalog.format('alter table %s enable row level security;', r.shown), true
      from relations r
     where r.kind in ('table', 'partition')
       and not r.relrowsecurity
    union all
    select 'ROW_SECURITY_FORCED', 'warning', r.shown,
           'row-level security binds the owner too, so that the functions for users find nothing',
           pg_catalog.format('alter table %s no force row level security;', r.shown), true
      from relations r
     where r.kind in ('table', 'partition')
       and r.relforcerowsecurity
    union all
    select 'POLICY_FOREIGN', case when p.polpermissive then 'unsafe' else 'warning' end, r.shown,
           pg_catalog.format('the policy %I is not ours', p.name),
           pg_catalog.format('drop policy %I on %s;', p.name, r.shown), true
      from policies p
      join relations r on r.oid = p.polrelid
     where not exists (select from wanted_policies w where w.oid = p.polrelid and w.name = p.name)
    union all
    select case when p.name is null then 'POLICY_MISSING' else 'POLICY_CHANGED' end,
           case when p.name is null then 'warning' else 'unsafe' end, w.shown,
           pg_catalog.format('the policy %I %s', w.name, case when p.name is null then 'is missing' else 'was changed' end),
           case
             -- Citus takes such a statement by itself alone.
             when p.name is not null
             then pg_catalog.format('do %L;', pg_catalog.format('begin drop policy %I on %s; %s end', w.name, w.shown, w.statement))
             else w.statement
           end,
           true
      from wanted_policies w
      left join policies p on p.polrelid = w.oid and p.name = w.name
     where p.is_right is not true
    union all
    select 'VIEW_READS_AS_OWNER', 'unsafe', r.shown,
           'the view reads with its owner''s rights instead of the reader''s',
           pg_catalog.format('alter view %s set (security_invoker = true);', r.shown), true
      from relations r
     where r.kind = 'view'
       and not coalesce(r.reloptions operator(pg_catalog.&&) '{security_invoker=true,security_invoker=on,security_invoker=1}'::text[], false)
    union all
    select 'TRIGGER_FOREIGN', 'unsafe', r.shown,
           pg_catalog.format('the trigger %I runs a function of %s with our functions'' rights', t.tgname, o.role_name),
           pg_catalog.format('drop trigger %I on %s;', t.tgname, r.shown), false
      from relations r
      join pg_catalog.pg_trigger t on t.tgrelid = r.oid
      join pg_catalog.pg_proc p on p.oid = t.tgfoid
      join roles o on o.role_id = p.proowner
     where not t.tgisinternal
       and not o.is_owner

    union all
    select 'SEARCH_PATH', 'unsafe', s.shown,
           'its search_path is not exactly this schema and then pg_temp',
           pg_catalog.format('alter function %s set search_path = %I, pg_temp;', s.shown, h.schema_name), true
      from here h
     cross join functions f
     cross join lateral (select contact_sync_signature(f.oid) as shown) as s
     where f.is_ours
       -- a body whose names were bound when it was created asks no path
       and not f.is_bound
       and not coalesce(pg_catalog.format('search_path=%I, pg_temp', h.schema_name) = any (f.proconfig), false)
    union all
    select 'DEFINER', 'unsafe', s.shown,
           case when f.prosecdef then 'it runs with its owner''s rights, and must not' else 'it must run with its owner''s rights, and does not' end,
           pg_catalog.format('alter function %s security %s;', s.shown, case when f.is_definer then 'definer' else 'invoker' end), true
      from functions f
     cross join lateral (select contact_sync_signature(f.oid) as shown) as s
     where f.is_ours
       and f.prosecdef <> f.is_definer
    union all
    select 'FUNCTION_FOREIGN', case when o.is_owner then 'warning' else 'unsafe' end, s.shown,
           pg_catalog.format('a function of one of our names with other arguments, of %s: ours, or a caller, may meet it instead', o.role_name),
           pg_catalog.format('drop function %s;', s.shown), false
      from functions f
     cross join lateral (select contact_sync_signature(f.oid) as shown) as s
      join roles o on o.role_id = f.proowner
     where not f.is_ours
    union all
    select 'PLANTED', 'unsafe', pg_catalog.format('%I.%s(%s, %s)', h.schema_name, p.oprname, pg_catalog.format_type(p.oprleft, null), pg_catalog.format_type(p.oprright, null)),
           pg_catalog.format('an operator of %s in the schema that our functions look in', o.role_name),
           'Drop it, or move it to another schema.', false
      from here h
      join pg_catalog.pg_operator p on p.oprnamespace = h.schema_id
      join roles o on o.role_id = p.oprowner
     where not o.is_owner
    union all
    select 'PLANTED', 'unsafe', pg_catalog.format('%I.%I(%s)', h.schema_name, p.proname, pg_catalog.oidvectortypes(p.proargtypes)),
           pg_catalog.format('a function of %s, named as a built-in one, in the schema that our functions look in', o.role_name),
           'Drop it, or move it to another schema.', false
      from here h
      join pg_catalog.pg_proc p on p.pronamespace = h.schema_id
      join roles o on o.role_id = p.proowner
     where not o.is_owner
       and exists (select from pg_catalog.pg_proc b where b.pronamespace = 'pg_catalog'::regnamespace::oid and b.proname = p.proname)

    union all
    select 'OWNER', case when o.is_owner or o.is_trusted then 'warning' else 'unsafe' end, w.shown,
           pg_catalog.format('it belongs to %s, the tables belong to %s', o.role_name, h.owner_name),
           pg_catalog.format('alter %s %s owner to %s;', w.class, w.shown, h.owner_name), true
      from here h
     cross join owned w
      join roles o on o.role_id = w.owner_id
     where w.owner_id <> h.owner_id
    union all
    select 'OWNER', 'warning', 'schema ' || pg_catalog.quote_ident(h.schema_name),
           pg_catalog.format('it belongs to %s, the tables belong to %s', o.role_name, h.owner_name),
           pg_catalog.format('alter schema %I owner to %s;', h.schema_name, h.owner_name), false
      from here h
      join roles o on o.role_id = h.nspowner
     where not o.is_owner
       and o.role_name <> 'pg_database_owner'
    union all
    select 'OWNER', 'warning', 'role service_role',
           'the tables belong to service_role, so that whoever is a back end may also change them',
           'Give them to a role of their own: alter table … owner to …', false
      from here h
     where h.owner_id = h.service_id

    union all
    select 'SCHEMA_OPEN', case when r.is_trusted then 'warning' else 'unsafe' end, 'schema ' || pg_catalog.quote_ident(h.schema_name),
           pg_catalog.format('%s may create objects in it, which our functions would run', r.role_name),
           pg_catalog.format('revoke create on schema %I from %s;', h.schema_name, r.role_name),
           a.grantee = '0'::oid or not n.is_shared
      from here h
     cross join neighbours n
     cross join lateral pg_catalog.aclexplode(h.nspacl) as a
      join roles r on r.role_id = a.grantee
     where a.privilege_type = 'CREATE'
       and a.grantee <> h.nspowner
       and not r.is_owner
       and (a.grantee = '0'::oid or not pg_catalog.pg_has_role(a.grantee, 'pg_database_owner'::name, 'usage'))
    union all
    select 'SCHEMA_CLOSED', 'warning', 'schema ' || pg_catalog.quote_ident(h.schema_name),
           pg_catalog.format('%s may not use the schema, and so nothing in it', r.role_name),
           pg_catalog.format('grant usage on schema %I to %s;', h.schema_name, r.role_name), true
      from here h
      join roles r on r.role_id in (h.service_id, h.users_id)
     where not pg_catalog.has_schema_privilege(r.role_id, h.schema_id, 'usage')
    union all
    select 'ROLE_TRUSTED', 'unsafe', 'role ' || pg_catalog.quote_ident(r.rolname::text),
           case
             when r.rolsuper then 'it is a superuser'
             when r.rolbypassrls then 'it bypasses row-level security'
             else 'it is a member of service_role or of the tables'' owner, and may act for anybody'
           end,
           case
             when r.rolsuper then pg_catalog.format('alter role %I nosuperuser;', r.rolname)
             when r.rolbypassrls then pg_catalog.format('alter role %I nobypassrls;', r.rolname)
             else pg_catalog.format('revoke service_role, %s from %I;', h.owner_name, r.rolname)
           end,
           false
      from here h
      join pg_catalog.pg_roles r on r.rolname in ('anon', 'authenticated')
     where r.rolsuper
        or r.rolbypassrls
        or pg_catalog.pg_has_role(r.oid, h.owner_id, 'member')
        or coalesce(pg_catalog.pg_has_role(r.oid, h.service_id, 'member'), false)
    union all
    select 'DEFAULT_PRIVILEGES',
           case when n.is_shared or d.defaclnamespace = '0'::oid then 'note' else 'warning' end,
           pg_catalog.format('%s to come in schema %I', k.objects, h.schema_name),
           pg_catalog.format('what %s creates is given to %s; each of our migrations takes its own back%s', h.owner_name,
                             pg_catalog.string_agg(distinct r.role_name, ', '),
                             case when n.is_shared then ', and the rest of the schema may rely on it' end),
           pg_catalog.format('alter default privileges for role %s%s revoke all on %s from %s;', h.owner_name,
                             case when d.defaclnamespace <> '0'::oid then pg_catalog.format(' in schema %I', h.schema_name) end,
                             k.objects,
                             pg_catalog.string_agg(distinct r.role_name, ', ')),
           not n.is_shared and d.defaclnamespace <> '0'::oid
      from here h
     cross join neighbours n
      join pg_catalog.pg_default_acl d on d.defaclrole = h.owner_id and d.defaclnamespace in ('0'::oid, h.schema_id)
      join (values ('r'::"char", 'tables'), ('S', 'sequences'), ('f', 'functions')) as k (kind, objects) on k.kind = d.defaclobjtype
     cross join lateral pg_catalog.aclexplode(d.defaclacl) as a
      join roles r on r.role_id = a.grantee
     where not r.is_trusted
     group by h.schema_name, h.owner_name, n.is_shared, d.defaclnamespace, k.objects

    union all
    select 'OBJECT_MISSING', 'warning', pg_catalog.format('%I.%I%s', h.schema_name, o.name, '(' || case o.kind when 'function' then o.detail end || ')'),
           pg_catalog.format('this %s of ours is missing', o.kind),
           'Run `contact-sync migrate`; if nothing is pending there, restore it from the dump that this database came from.', false
      from here h
     cross join objects o
     where case o.kind
             when 'function' then not exists (select from functions f where f.name = o.name and f.is_ours)
             when 'type' then not exists (select from pg_catalog.pg_type t where t.typnamespace = h.schema_id and t.typname::text = o.name)
             when 'index' then false -- check_contact_sync() looks closer
             else not exists (select from relations r where r.name = o.name)
           end
  )
  select f.code, f.severity, f.object, f.problem, f.cure, f.is_fixable
    from faults f
   order by case f.severity when 'unsafe' then 1 when 'warning' then 2 else 3 end, f.code, f.object
$$;
