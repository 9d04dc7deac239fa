import { ContactSyncError } from "@contact-sync/client";
import type { Queryable } from "../database.ts";

interface Installation {
  readonly is_table: boolean;
  readonly owner: string;
  readonly is_trusted: boolean;
  readonly is_whole: boolean;
}

// Whoever may create objects in a schema can give it all that an installation has: the record of
// its migrations, even as a view that runs a function, and functions of the names that are called
// next, by a superuser among others. So this is asked first, and of PostgreSQL's catalog alone.
//
// An owner is believed who could change the schema without us (a superuser, whoever has the rights
// of the schema's or the database's owner), or who gains nothing: the connected role has the owner's
// rights anyway. One to whom CREATE was granted by name is, too, but not for a superuser to run the
// code of. What PUBLIC may do makes nobody an owner.
const INSTALLATION = `
  select m.relkind = 'r' as is_table,
         pg_catalog.quote_ident(o.rolname::text) as owner,
            o.rolsuper
         or pg_catalog.pg_has_role(o.oid, n.nspowner, 'usage')
         or pg_catalog.pg_has_role(o.oid, d.datdba, 'usage')
         or (    not me.rolsuper
             and (   pg_catalog.pg_has_role(me.oid, o.oid, 'usage')
                  or exists (select
                               from pg_catalog.aclexplode(n.nspacl) as a
                              where a.privilege_type = 'CREATE'
                                and a.grantee <> '0'::oid
                                and pg_catalog.pg_has_role(o.oid, a.grantee, 'usage')))) as is_trusted,
             m.relowner = o.oid
         and not exists (select
                           from pg_catalog.pg_proc as f
                          where f.pronamespace = n.oid
                            and f.proname in ('apply_contact_sync_grants', 'check_contact_sync', 'contact_sync_access_faults')
                            and f.proowner <> o.oid) as is_whole
    from pg_catalog.pg_namespace as n
    join pg_catalog.pg_class as m on m.relnamespace = n.oid and m.relname = 'contact_sync_migrations'
    left join pg_catalog.pg_class as p on p.relnamespace = n.oid and p.relname = 'phones'
    join pg_catalog.pg_roles as o on o.oid = coalesce(p.relowner, m.relowner)
    join pg_catalog.pg_database as d on d.datname = pg_catalog.current_database()
    join pg_catalog.pg_roles as me on me.rolname = current_user
   where n.nspname = $1`;

/**
 * Refuses what looks like an installation and may be somebody else's, before anything of it is read
 * or run. A schema without one passes.
 *
 * @param schema a name that `assertSchemaName` let pass
 * @throws ContactSyncError `NAME_TAKEN`, `UNSAFE_DATABASE`
 */
export async function assertOwned(database: Queryable, schema: string): Promise<void> {
  const { rows } = await database.query<Installation>(INSTALLATION, [schema]);
  const [found] = rows;
  if (found === undefined) return;
  const { is_table, owner, is_trusted, is_whole } = found;
  if (!is_table) {
    throw new ContactSyncError(
      "NAME_TAKEN",
      `schema "${schema}" holds something named contact_sync_migrations that is no table; nothing of it was read`,
    );
  }
  if (is_trusted && is_whole) return;
  const problem = is_trusted
    ? `what records and checks the installation does not all belong to ${owner}, to whom its tables belong`
    : `what is named like our tables belongs to ${owner}, who has no right to the schema by name`;
  throw new ContactSyncError(
    "UNSAFE_DATABASE",
    `in schema "${schema}", ${problem}. Nothing of it was run. ` +
      `If the installation is yours, "alter … owner to" the role that owns the schema; if it is not, drop it.`,
  );
}
