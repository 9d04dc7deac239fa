import type { Queryable } from "../database.ts";

/** Whose an installation is. */
export interface Ownership {
  readonly hasSchema: boolean;
  /** The tables' owner, quoted as SQL wants it; null where there is no table of ours yet. */
  readonly name: string | null;
  /** Whether the connected role has the owner's rights; true where nobody owns anything yet. */
  readonly isOurs: boolean;
}

/** @param schema a name that `assertSchemaName` let pass */
export async function readOwnership(database: Queryable, schema: string): Promise<Ownership> {
  const { rows } = await database.query<{ owner: string | null; is_ours: boolean | null }>(
    `select pg_catalog.quote_ident(r.rolname::text) as owner,
            pg_catalog.pg_has_role(r.oid, 'usage') as is_ours
       from pg_catalog.pg_namespace n
       left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'phones'
             and exists (select
                           from pg_catalog.pg_class m
                          where m.relnamespace = n.oid and m.relname = 'contact_sync_migrations')
       left join pg_catalog.pg_roles r on r.oid = c.relowner
      where n.nspname = $1`,
    [schema],
  );
  const [found] = rows;
  return {
    hasSchema: found !== undefined,
    name: found?.owner ?? null,
    isOurs: found?.is_ours ?? true,
  };
}
